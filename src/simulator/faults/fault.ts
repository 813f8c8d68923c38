/** One row of the table of faults: what a caller may order, and what it does. */
export interface Fault {
  name: string;
  does: string;
  argument?: Argument;
}

export interface Argument {
  means: string;
  example: string;
  pattern: RegExp;
}

/** A fault as ordered: `times` null = every time. */
export interface Directive<F extends Fault = Fault> {
  fault: F;
  argument: string | undefined;
  times: number | null;
}

export const milliseconds: Argument = { means: "milliseconds", example: "20", pattern: /^\d{1,8}$/ };
export const freeText: Argument = { means: "text without ]]", example: "out of memory", pattern: /^.+$/s };
export const bodyKind: Argument = {
  means: "the body: novita, html or empty",
  example: "html",
  pattern: /^(novita|html|empty)$/,
};
export const retryAfter: Argument = {
  means: "Retry-After: seconds, date+seconds for an HTTP date, or anything else as it is",
  example: "7",
  pattern: /^[\x20-\x7e]+$/,
};

/** Directives of one channel run one after the other: the n-th (from 0) occurrence meets this one. */
export function directiveAt<F extends Fault>(
  directives: readonly Directive<F>[],
  nth: number,
): Directive<F> | undefined {
  let left = nth;
  for (const directive of directives) {
    if (directive.times === null || left < directive.times) return directive;
    left -= directive.times;
  }
  return undefined;
}

export function retryAfterHeader(value: string | undefined, now: number): Record<string, string> {
  if (value === undefined) return {};
  const date = /^date\+(\d+)$/.exec(value);
  return { "retry-after": date ? new Date(now + Number(date[1]) * 1000).toUTCString() : value };
}
