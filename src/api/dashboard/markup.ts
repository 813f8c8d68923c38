/** Pages are written as templates whose values are escaped: nothing that anybody sent becomes markup. */
export type Markup = { readonly text: string };

/** null writes nothing. */
export function markup(parts: TemplateStringsArray, ...values: Value[]): Markup {
  const written = values.map((value, index) => `${write(value)}${parts[index + 1]}`);
  return { text: `${parts[0]}${written.join("")}` };
}

type Value = string | number | Markup | Markup[] | null;

function write(value: Value): string {
  if (value === null) return "";
  if (typeof value !== "object") return escape(String(value));
  return Array.isArray(value) ? value.map(({ text }) => text).join("") : value.text;
}

const escape = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
