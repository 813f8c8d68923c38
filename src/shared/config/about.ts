import { z } from "zod";

/** What docs/configuration.md tells of a variable, beside its name and its default, which it reads from the schema. */
export type About = {
  /** One or two sentences without the last full stop, in Markdown. */
  meaning: string;
  unit?: "ms" | "s" | "%" | "US dollars";
  /** A value that is taken, where the meaning and the default show none. */
  example?: string;
};

/** Each variable says what it is for beside the rule that it keeps: `schema.register(about, { meaning: … })`. */
export const about = z.registry<About>();
