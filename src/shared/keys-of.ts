/** An object's keys with their names. Holds for literals, whose type lists every key that they have. */
export function keysOf<T extends object>(table: T): (keyof T & string)[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.keys(table) as (keyof T & string)[];
}
