/** Names are camelCase inside and snake_case on the control routes; only the outermost keys are renamed. */
export function snakeKeys(record: object): Record<string, unknown> {
  return renameKeys(record, (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

export function camelKeys(record: object): Record<string, unknown> {
  return renameKeys(record, (key) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
}

function renameKeys(record: object, rename: (key: string) => string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [rename(key), value]));
}
