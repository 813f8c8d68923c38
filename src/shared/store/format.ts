/**
 * The format of records: a number beside each that tells a process whether it may touch the record at all. One without it
 * was written before there were numbers, and is of the first format. When to raise it, and how: docs/decisions/0014.
 */
export type RecordFields = Record<string, unknown>;

export type Formats = {
  /** What this version writes. */
  written: number;
  /** The newest that it reads: beyond `written` in the release before the one that writes it, else the same. */
  readable: number;
  /** By an older format, what makes a record of it one of the next. */
  steps: Readonly<Record<number, (record: RecordFields) => RecordFields>>;
};

export const formats: Formats = { written: 1, readable: 2, steps: {} };

/** The format of deliveries that go to an endpoint: what reads it knows endpoints. It is written for no other record. */
export const knowsEndpoints = 2;

/** A record as the format that is written has it. One that is beyond keeps its number, and is written back with it. */
export function upgraded(record: RecordFields, format: number, { written, steps } = formats): RecordFields {
  if (format > written) return { ...record, format };
  let upgrade = record;
  for (let from = format; from < written; from++) upgrade = steps[from]?.(upgrade) ?? upgrade;
  return upgrade;
}
