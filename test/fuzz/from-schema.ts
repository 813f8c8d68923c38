/** Values that a JSON Schema of the document allows, as fast-check arbitraries. */
import * as fc from "fast-check";
import { z } from "zod";

import { resolveSchema } from "../support/documented.ts";
import type { Schema } from "../support/documented.ts";

/** How long a text becomes whose end the schema leaves open. */
const LONG = 200;

const Known = z.object({
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  oneOf: z.array(z.record(z.string(), z.unknown())).optional(),
  anyOf: z.array(z.record(z.string(), z.unknown())).optional(),
  type: z.enum(["string", "integer", "number", "boolean", "array", "object", "null"]).optional(),
  minLength: z.number().default(0),
  maxLength: z.number().default(LONG),
  pattern: z.string().optional(),
  format: z.string().optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  items: z.record(z.string(), z.unknown()).default({}),
  minItems: z.number().default(0),
  maxItems: z.number().default(3),
  uniqueItems: z.boolean().default(false),
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  required: z.array(z.string()).default([]),
  propertyNames: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.union([z.boolean(), z.record(z.string(), z.unknown())]).default(false),
  maxProperties: z.number().default(4),
});
type Known = z.infer<typeof Known>;

/**
 * What the schema says in words only is kept as well: text of at least one character is not blank, lengths count UTF-16
 * units, addresses are public, and no member is called what the parser refuses.
 */
export function fromSchema(schema: Schema): fc.Arbitrary<unknown> {
  const known = Known.parse(resolveSchema(schema));
  const variants = known.oneOf ?? known.anyOf;
  if (variants) return fc.oneof(...variants.map(fromSchema));
  if (known.const !== undefined) return fc.constant(known.const);
  if (known.enum) return fc.constantFrom(...known.enum);
  switch (known.type) {
    case "string":
      return text(known);
    case "integer":
      return fc.integer({ min: known.minimum ?? -1000, max: known.maximum ?? 1000 });
    case "number":
      return amount(known);
    case "boolean":
      return fc.boolean();
    case "array":
      return list(known);
    case "object":
      return object(known);
    case "null":
      return fc.constant(null);
    case undefined:
      return fc.jsonValue();
  }
}

function text({ minLength, maxLength, pattern, format }: Known): fc.Arbitrary<string> {
  if (format === "uri")
    return fc.webPath({ size: "small" }).map((path) => `https://hooks.example.com${path}`);
  if (format === "date-time") {
    const years = { min: new Date("2020-01-01"), max: new Date("2035-01-01"), noInvalidDate: true };
    return fc.date(years).map((date) => date.toISOString());
  }
  if (pattern !== undefined) {
    return fc.stringMatching(new RegExp(pattern)).filter(({ length }) => length >= 1 && length <= maxLength);
  }
  const size = Math.floor(maxLength / 2);
  const any = fc.string({ unit: "binary", minLength, maxLength: Math.max(minLength, size), size: "max" });
  const short = fc.string({ unit: "grapheme", minLength, maxLength: Math.min(size, 20) });
  const longest = fc.constant("x".repeat(maxLength));
  const drawn = fc.oneof({ weight: 6, arbitrary: short }, { weight: 2, arbitrary: any }, longest);
  return drawn.filter((word) => word.length <= maxLength && (minLength === 0 || word.trim() !== ""));
}

/** A tenth of a cent at least, so that the text of the number has no exponent. */
const amount = ({ exclusiveMinimum, minimum, maximum }: Known): fc.Arbitrary<number> =>
  fc
    .integer({ min: Math.ceil((exclusiveMinimum ?? minimum ?? -1000) * 1000), max: (maximum ?? 1000) * 1000 })
    .map((thousandths) => thousandths / 1000)
    .filter((value) => exclusiveMinimum === undefined || value > exclusiveMinimum);

function list({ items, minItems, maxItems, uniqueItems }: Known): fc.Arbitrary<unknown[]> {
  const lengths = { minLength: minItems, maxLength: maxItems };
  return uniqueItems ? fc.uniqueArray(fromSchema(items), lengths) : fc.array(fromSchema(items), lengths);
}

function object({ properties, required, propertyNames, additionalProperties, maxProperties }: Known) {
  if (typeof additionalProperties === "object") {
    const names = fromSchema(propertyNames ?? { type: "string" }).map(String);
    const harmless = names.filter((name) => name !== "__proto__");
    const options = { maxKeys: Math.min(maxProperties, 4) };
    return fc.dictionary(harmless, fromSchema(additionalProperties), options);
  }
  const members = Object.entries(properties).map(([name, member]) => [name, fromSchema(member)]);
  const arbitraries: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(members);
  return fc.record(arbitraries, { requiredKeys: required, noNullPrototype: true });
}
