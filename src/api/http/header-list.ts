/** Headers that list things: `name[=value][;parameter…], …`, where values may be quoted (RFC 9110, 5.6). */
export type Listed = { name: string; value: string; parameters: Map<string, string> };

/** Names come in lower case; a value that is missing is empty. */
export function parseList(header: string): Listed[] {
  return splitOutsideQuotes(header, ",").flatMap((element) => {
    const [first, ...parameters] = splitOutsideQuotes(element, ";").map(parsePair);
    return first ? [{ name: first[0], value: first[1], parameters: new Map(parameters) }] : [];
  });
}

const separators = { ",": /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g, ";": /(?:[^";]|"(?:[^"\\]|\\.)*"?)+/g };

const splitOutsideQuotes = (text: string, separator: keyof typeof separators): string[] =>
  text.match(separators[separator])?.filter((part) => part.trim() !== "") ?? [];

function parsePair(text: string): [name: string, value: string] {
  const [, name = "", value = ""] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  return [name.trim().toLowerCase(), unquote(value.trim())];
}

const unquote = (text: string): string =>
  /^".*"$/s.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/gs, "$1") : text;
