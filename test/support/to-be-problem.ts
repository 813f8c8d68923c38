// A matcher that every test may use: `expect(answer).toBeProblem(404, "not_found")`.
import { expect } from "vitest";
import type { Answer } from "./api.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

declare module "vitest" {
  // The type parameters of a declaration that is added to have to be those of the declaration.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** The answer is a problem+json with this status and code, and with all else that belongs to one. */
    toBeProblem: (this: Matchers<R, T>, status: number, code: string) => R;
  }
}

expect.extend({
  toBeProblem(answer: Answer, status: number, code: string) {
    const expected = {
      status,
      "content-type": "application/problem+json",
      body: expect.objectContaining({
        type: `urn:onetake:problem:${code}`,
        title: expect.stringMatching(/\S/),
        status,
        code,
        detail: expect.stringMatching(/\S/),
        request_id: expect.stringMatching(UUID),
      }),
    };
    const actual = {
      status: answer.status,
      "content-type": answer.headers["content-type"],
      body: isJson(answer.text) ? answer.json : answer.text,
    };
    const message = () => `expected problem ${status} ${code}, got ${this.utils.stringify(actual)}`;
    return { pass: this.equals(actual, expected), message, actual, expected };
  },
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
