import Fastify from "fastify";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { answerError, InvalidInput, Problem, problems, toPointer } from "../../src/api/problem.ts";
import { keysOf } from "../../src/shared/keys-of.ts";
import { openLogBook } from "../support/log-book.ts";

/** What a caller sees of an error that a handler throws, and what the log has. */
async function answerTo(error: Error) {
  const book = openLogBook("api");
  const app = Fastify({ loggerInstance: book.log, genReqId: () => "req-1" });
  onTestFinished(() => app.close());
  app.setErrorHandler(answerError);
  app.get("/", () => {
    throw error;
  });
  const { statusCode, headers, body } = await app.inject("/");
  return { status: statusCode, headers, body: JSON.parse(body), failures: book.named("request.failed") };
}

describe("a problem of the catalogue", () => {
  test.each(keysOf(problems))(
    "%s -> RFC 9457, with its status, its title and a code to branch on",
    async (code) => {
      const { status, headers, body } = await answerTo(new Problem(code, "why"));
      expect(status).toBe(problems[code].status);
      expect(headers["content-type"]).toBe("application/problem+json");
      expect(body).toEqual({
        type: `urn:onetake:problem:${code}`,
        title: problems[code].title,
        status,
        code,
        detail: "why",
        request_id: "req-1",
      });
    },
  );

  test("401 -> says how to authenticate; 503 -> when to come again; others neither", async () => {
    const unauthorized = await answerTo(new Problem("unauthorized", "no"));
    const unavailable = await answerTo(new Problem("unavailable", "no"));
    const conflict = await answerTo(new Problem("conflict", "no"));
    expect(unauthorized.headers["www-authenticate"]).toBe('Bearer realm="onetake"');
    expect(Number(unavailable.headers["retry-after"])).toBeGreaterThan(0);
    expect(conflict.headers).not.toHaveProperty("www-authenticate");
    expect(conflict.headers).not.toHaveProperty("retry-after");
  });

  test("with more to say -> beside the standard fields", async () => {
    const { body } = await answerTo(new Problem("conflict", "no", { job_id: "job_1", job_status: "failed" }));
    expect(body).toMatchObject({ status: 409, job_id: "job_1", job_status: "failed" });
  });
});

describe("input that does not fit", () => {
  const schema = z.strictObject({
    input: z.strictObject({ prompt: z.string("must be a string") }),
    tags: z.array(z.string("must be a string")),
  });
  const issuesOf = (value: unknown) => schema.safeParse(value).error?.issues ?? [];

  test("several faults in the body -> 422 with each, by JSON Pointer, unknown fields one by one", async () => {
    const issues = issuesOf({ input: { prompt: 1, "a/b": 2, "c~d": 3 }, tags: ["x", 4], novel: 5 });
    const { status, body } = await answerTo(new InvalidInput("body", issues));
    expect(status).toBe(422);
    expect(body.detail).toBe("5 faults: see errors.");
    expect(body.errors).toEqual(
      expect.arrayContaining([
        { pointer: "/input/prompt", detail: "must be a string" },
        { pointer: "/tags/1", detail: "must be a string" },
        { pointer: "/input/a~1b", detail: "This field is not known." },
        { pointer: "/input/c~0d", detail: "This field is not known." },
        { pointer: "/novel", detail: "This field is not known." },
      ]),
    );
  });

  test("the whole body -> the pointer to all of it", async () => {
    const { body } = await answerTo(new InvalidInput("body", issuesOf("text")));
    expect(body).toMatchObject({ detail: "1 fault: see errors.", errors: [{ pointer: "" }] });
  });

  test("a parameter -> by its name", async () => {
    const issues = z.object({ id: z.string("must be a string") }).safeParse({}).error?.issues ?? [];
    const { body } = await answerTo(new InvalidInput("params", issues));
    expect(body.errors).toEqual([{ parameter: "id", detail: "must be a string" }]);
  });
});

describe("errors of others", () => {
  test("Redis does not answer -> 503, and not our failure", async () => {
    const lost = Object.assign(new Error("Reached the max retries per request limit"), {
      name: "MaxRetriesPerRequestError",
    });
    const { status, body, failures } = await answerTo(lost);
    expect({ status, code: body.code, failures }).toEqual({ status: 503, code: "unavailable", failures: [] });
  });

  test.each([
    ["FST_ERR_CTP_BODY_TOO_LARGE", 413],
    ["FST_ERR_CTP_INVALID_MEDIA_TYPE", 415],
    ["FST_ERR_CTP_INVALID_JSON_BODY", 400],
    ["FST_ERR_CTP_INVALID_CONTENT_LENGTH", 400],
    ["FST_ERR_BAD_URL", 400],
  ])("Fastify's %s -> %d, in our words", async (code, status) => {
    const answer = await answerTo(Object.assign(new Error("in Fastify's words"), { code }));
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain("Fastify");
  });

  test("any other that says 400 -> malformed", async () => {
    expect((await answerTo(Object.assign(new Error("no"), { statusCode: 400 }))).body.code).toBe("malformed");
  });

  test("what nobody foresaw -> 500 that tells nothing of it, and the log everything", async () => {
    const { status, body, failures } = await answerTo(new TypeError("a secret of ours"));
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(failures).toMatchObject([{ level: "error", err: { message: "a secret of ours" } }]);
  });

  test("a problem that was foreseen -> not logged as a failure", async () => {
    expect((await answerTo(new Problem("not_found", "no"))).failures).toEqual([]);
  });
});

test.each<[PropertyKey[], string]>([
  [[], ""],
  [["input", "prompt"], "/input/prompt"],
  [["tags", 0], "/tags/0"],
  [["a/b~c", ""], "/a~1b~0c/"],
  [["~1"], "/~01"],
])("the path %j -> the pointer %j, as RFC 6901 says", (path, pointer) => {
  expect(toPointer(path)).toBe(pointer);
});
