// POST /v1/jobs with a fault that a caller can mend: each is told with its JSON Pointer, and nothing is created.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isReady, startTestApi, type TestApi } from "../../support/api.ts";
import { faultsOf, holdings, nothing, pointersOf } from "../support.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await isReady(api);
});
afterAll(() => api.close());

const prompt = "p";
const input = (fields: object) => ({ input: { prompt, ...fields } });
const withField = (fields: object) => ({ input: { prompt }, ...fields });
const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, "v"]));
const EMPTY = "must not be empty";
const BLANK = "must not be blank";
const STRING = "must be a string";
const SURROGATE = "must be well-formed Unicode: it holds half of a surrogate pair";
const DURATION = "must be a whole number from 2 to 15";
const SEED = "must be a whole number from 0 to 2147483647";
const FLAG = "must be true or false";
const URL_WANTED = "must be an absolute http(s) URL";
const TIMEOUT = "must be a whole number from 1 to 604800";
const OBJECT = "must be an object";
const SIZES =
  "must be one of 1280*720, 720*1280, 960*960, 1088*832, 832*1088, 1920*1080, 1080*1920, 1440*1440, 1632*1248, 1248*1632";

/** 8193 characters in all: 16 pairs of 512, and one more. */
const longMetadata = {
  ...Object.fromEntries(Array.from({ length: 16 }, (_, n) => [String(n).padStart(12, "k"), "v".repeat(500)])),
  x: "",
};

type Case = [name: string, body: unknown, pointer: string, detail: string];

const cases = (rows: Case[]) =>
  test.each(rows)("%s -> 422 at the place", async (_name, body, pointer, detail) => {
    const answer = await api.post(body);
    expect(faultsOf(answer)).toStrictEqual([{ pointer, detail }]);
    expect(answer.json["detail"]).toBe("1 fault: see errors.");
  });

describe("the body", () => {
  cases([
    ["null", null, "", OBJECT],
    ["a list", [], "", OBJECT],
    ["a list of a job", [{ input: { prompt } }], "", OBJECT],
    ["a string", "job", "", OBJECT],
    ["a number", 1, "", OBJECT],
    ["true", true, "", OBJECT],
    ["an empty object", {}, "/input", OBJECT],
    ["no input", { model: "wan2.7-t2v" }, "/input", OBJECT],
    ["an input that is null", { input: null }, "/input", OBJECT],
    ["an input that is a list", { input: [] }, "/input", OBJECT],
    ["an input that is a string", { input: "a prompt" }, "/input", OBJECT],
    ["an unknown model", { model: "wan9", input: { prompt } }, "/model", "must be one of wan2.7-t2v"],
    ["a model that is null", { model: null, input: { prompt } }, "/model", "must be one of wan2.7-t2v"],
    ["an empty model", { model: "", input: { prompt } }, "/model", "must be one of wan2.7-t2v"],
    [
      "a model that is a list",
      { model: ["wan2.7-t2v"], input: { prompt } },
      "/model",
      "must be one of wan2.7-t2v",
    ],
    [
      "a model named like an object's own",
      { model: "constructor", input: { prompt } },
      "/model",
      "must be one of wan2.7-t2v",
    ],
  ]);

  test("lists in lists, 30,000 deep -> 422 at the top", async () => {
    const raw = "[".repeat(30_000) + "]".repeat(30_000);
    const answer = await api.call("POST", "/v1/jobs", {
      raw,
      headers: { "content-type": "application/json" },
    });
    expect(faultsOf(answer)).toStrictEqual([{ pointer: "", detail: OBJECT }]);
  });

  test.each([{}, { "content-type": "application/json" }])(
    "no body, with %j -> 422 at the top",
    async (headers) => {
      const answer = await api.call("POST", "/v1/jobs", { headers });
      expect(faultsOf(answer)).toStrictEqual([{ pointer: "", detail: OBJECT }]);
    },
  );
});

describe("input", () => {
  cases([
    ["no prompt", { input: {} }, "/input/prompt", "is required"],
    ["a prompt that is null", { input: { prompt: null } }, "/input/prompt", STRING],
    ["a prompt that is a number", { input: { prompt: 1 } }, "/input/prompt", STRING],
    ["a prompt that is a list", { input: { prompt: ["p"] } }, "/input/prompt", STRING],
    ["an empty prompt", { input: { prompt: "" } }, "/input/prompt", EMPTY],
    ["a blank prompt", { input: { prompt: " \t\n\u00a0\u3000" } }, "/input/prompt", BLANK],
    [
      "a prompt of 1501 characters",
      { input: { prompt: "p".repeat(1501) } },
      "/input/prompt",
      "must have at most 1500 characters",
    ],
    [
      "a prompt of 751 emoji, which are 1502 UTF-16 units",
      { input: { prompt: "🎬".repeat(751) } },
      "/input/prompt",
      "must have at most 1500 characters",
    ],
    ["half an emoji in the prompt", { input: { prompt: "a\ud83c" } }, "/input/prompt", SURROGATE],
    ["the other half", { input: { prompt: "\udfacb" } }, "/input/prompt", SURROGATE],
    ["halves in the wrong order", { input: { prompt: "\udfac\ud83c" } }, "/input/prompt", SURROGATE],
    [
      "a negative prompt of 501 characters",
      input({ negative_prompt: "n".repeat(501) }),
      "/input/negative_prompt",
      "must have at most 500 characters",
    ],
    ["a negative prompt that is null", input({ negative_prompt: null }), "/input/negative_prompt", STRING],
    [
      "half an emoji in the negative prompt",
      input({ negative_prompt: "\ud83c" }),
      "/input/negative_prompt",
      SURROGATE,
    ],
    ["an unknown size", input({ size: "640*480" }), "/input/size", SIZES],
    ["a size with an x", input({ size: "1920x1080" }), "/input/size", SIZES],
    ["a size with a space", input({ size: "1920*1080 " }), "/input/size", SIZES],
    ["a size that is null", input({ size: null }), "/input/size", SIZES],
    ["a size that is a tier", input({ size: "720P" }), "/input/size", SIZES],
    ["duration 1", input({ duration: 1 }), "/input/duration", DURATION],
    ["duration 16", input({ duration: 16 }), "/input/duration", DURATION],
    ["duration 0", input({ duration: 0 }), "/input/duration", DURATION],
    ["duration -5", input({ duration: -5 }), "/input/duration", DURATION],
    ["duration 5.5", input({ duration: 5.5 }), "/input/duration", DURATION],
    ["duration as a string", input({ duration: "5" }), "/input/duration", DURATION],
    ["duration null", input({ duration: null }), "/input/duration", DURATION],
    ["duration true", input({ duration: true }), "/input/duration", DURATION],
    ["duration 1e20", input({ duration: 1e20 }), "/input/duration", DURATION],
    ["seed -1", input({ seed: -1 }), "/input/seed", SEED],
    ["seed 2147483648", input({ seed: 2_147_483_648 }), "/input/seed", SEED],
    ["seed 0.5", input({ seed: 0.5 }), "/input/seed", SEED],
    ["seed as a string", input({ seed: "7" }), "/input/seed", SEED],
    ["seed null", input({ seed: null }), "/input/seed", SEED],
    ["watermark as a string", input({ watermark: "false" }), "/input/watermark", FLAG],
    ["watermark 0", input({ watermark: 0 }), "/input/watermark", FLAG],
    ["prompt_extend null", input({ prompt_extend: null }), "/input/prompt_extend", FLAG],
    ["an empty audio URL", input({ audio_url: "" }), "/input/audio_url", EMPTY],
    [
      "an audio URL without a scheme",
      input({ audio_url: "audio.example.com/a.mp3" }),
      "/input/audio_url",
      URL_WANTED,
    ],
    [
      "an audio file of this machine",
      input({ audio_url: "file:///etc/passwd" }),
      "/input/audio_url",
      URL_WANTED,
    ],
    ["audio as data", input({ audio_url: "data:audio/wav;base64,AAAA" }), "/input/audio_url", URL_WANTED],
    [
      "an audio URL of 2049 characters",
      input({ audio_url: `https://a.example.com/${"a".repeat(2027)}` }),
      "/input/audio_url",
      "must have at most 2048 characters",
    ],
    ["audio that is null", input({ audio_url: null }), "/input/audio_url", STRING],
  ]);
});

describe("what goes with the job", () => {
  cases([
    [
      "a reference of 129 characters",
      withField({ reference: "r".repeat(129) }),
      "/reference",
      "must have at most 128 characters",
    ],
    [
      "a reference of 65 emoji, which are 130 UTF-16 units",
      withField({ reference: "🎬".repeat(65) }),
      "/reference",
      "must have at most 128 characters",
    ],
    ["a reference that is a number", withField({ reference: 42 }), "/reference", STRING],
    ["a reference that is null", withField({ reference: null }), "/reference", STRING],
    ["half an emoji in the reference", withField({ reference: "\ud83c" }), "/reference", SURROGATE],
    ["metadata that is a list", withField({ metadata: [] }), "/metadata", "must be an object of strings"],
    ["metadata that is null", withField({ metadata: null }), "/metadata", "must be an object of strings"],
    [
      "metadata that is a string",
      withField({ metadata: "a=b" }),
      "/metadata",
      "must be an object of strings",
    ],
    ["33 metadata pairs", withField({ metadata: pairs(33) }), "/metadata", "must have at most 32 pairs"],
    [
      "metadata of 8193 characters in all",
      withField({ metadata: longMetadata }),
      "/metadata",
      "must have at most 8192 characters in all",
    ],
    [
      "a metadata name of 41 characters",
      withField({ metadata: { ["k".repeat(41)]: "v" } }),
      `/metadata/${"k".repeat(41)}`,
      "the name must have at most 40 characters",
    ],
    [
      "an empty metadata name",
      withField({ metadata: { "": "v" } }),
      "/metadata/",
      "the name must not be empty",
    ],
    [
      "half an emoji in a metadata name",
      withField({ metadata: { "\ud83c": "v" } }),
      "/metadata/\ud83c",
      `the name ${SURROGATE}`,
    ],
    [
      "a metadata value of 501 characters",
      withField({ metadata: { k: "v".repeat(501) } }),
      "/metadata/k",
      "must have at most 500 characters",
    ],
    [
      "a metadata value that is a number",
      withField({ metadata: { "a/b~c": 1 } }),
      "/metadata/a~1b~0c",
      STRING,
    ],
    ["a metadata value that is null", withField({ metadata: { k: null } }), "/metadata/k", STRING],
    ["a metadata value that is an object", withField({ metadata: { k: { x: "y" } } }), "/metadata/k", STRING],
    ["half an emoji in a metadata value", withField({ metadata: { k: "\udfac" } }), "/metadata/k", SURROGATE],
    [
      "11 tags",
      withField({ tags: Array.from({ length: 11 }, () => "t") }),
      "/tags",
      "must have at most 10 tags",
    ],
    [
      "a tag of 65 characters",
      withField({ tags: ["t", "t".repeat(65)] }),
      "/tags/1",
      "must have at most 64 characters",
    ],
    ["an empty tag", withField({ tags: [""] }), "/tags/0", EMPTY],
    ["a tag that is null", withField({ tags: ["a", "b", null] }), "/tags/2", STRING],
    ["half an emoji in a tag", withField({ tags: ["\ud83c"] }), "/tags/0", SURROGATE],
    ["tags that are a string", withField({ tags: "spring" }), "/tags", "must be a list"],
    ["tags that are null", withField({ tags: null }), "/tags", "must be a list"],
    ["an unknown priority", withField({ priority: "urgent" }), "/priority", "must be high, normal or low"],
    ["a priority that is a number", withField({ priority: 1 }), "/priority", "must be high, normal or low"],
    ["a priority that is null", withField({ priority: null }), "/priority", "must be high, normal or low"],
    ["timeout_s 0", withField({ timeout_s: 0 }), "/timeout_s", TIMEOUT],
    ["timeout_s 604801", withField({ timeout_s: 604_801 }), "/timeout_s", TIMEOUT],
    ["timeout_s 1.5", withField({ timeout_s: 1.5 }), "/timeout_s", TIMEOUT],
    ["timeout_s as a string", withField({ timeout_s: "60" }), "/timeout_s", TIMEOUT],
    ["start_timeout_s 0", withField({ start_timeout_s: 0 }), "/start_timeout_s", TIMEOUT],
    ["start_timeout_s 604801", withField({ start_timeout_s: 604_801 }), "/start_timeout_s", TIMEOUT],
    ["start_timeout_s null", withField({ start_timeout_s: null }), "/start_timeout_s", TIMEOUT],
    [
      "an unknown on_unconfirmed",
      withField({ on_unconfirmed: "retry" }),
      "/on_unconfirmed",
      "must be hold, fail or resubmit",
    ],
    [
      "on_unconfirmed null",
      withField({ on_unconfirmed: null }),
      "/on_unconfirmed",
      "must be hold, fail or resubmit",
    ],
  ]);
});

describe("unknown fields", () => {
  const UNKNOWN = "This field is not known.";
  cases([
    ["at the top", withField({ webhook_url: "https://hooks.example.com" }), "/webhook_url", UNKNOWN],
    ["with a slash and a tilde", withField({ "a/b~c~1": 1 }), "/a~1b~0c~01", UNKNOWN],
    ["with an empty name", withField({ "": 1 }), "/", UNKNOWN],
    ["in the input", input({ durations: 5 }), "/input/durations", UNKNOWN],
    [
      "in the input, of another model",
      input({ img_url: "https://x.example.com" }),
      "/input/img_url",
      UNKNOWN,
    ],
    ["in the input, with a slash and a tilde", input({ "~/": 1 }), "/input/~0~1", UNKNOWN],
    [
      "in the webhook",
      withField({ webhook: { url: "https://hooks.example.com", secret: "x" } }),
      "/webhook/secret",
      UNKNOWN,
    ],
    ["a known name in capitals", withField({ Priority: "high" }), "/Priority", UNKNOWN],
    ["a field of the answer", withField({ status: "succeeded" }), "/status", UNKNOWN],
    ["the tenant", withField({ tenant: "globex" }), "/tenant", UNKNOWN],
  ]);

  test("several, at each level -> each told with its own pointer", async () => {
    const answer = await api.post({
      input: { prompt, a: 1, b: 2 },
      webhook: { url: "https://hooks.example.com", c: 3 },
      d: 4,
      e: 5,
    });
    expect(pointersOf(answer)).toEqual(["/d", "/e", "/input/a", "/input/b", "/webhook/c"]);
  });
});

describe("several faults at once", () => {
  test("a fault in every field -> all are told, once each", async () => {
    const answer = await api.post({
      input: {
        prompt: " ",
        negative_prompt: 1,
        size: "big",
        duration: 1,
        seed: -1,
        audio_url: "x",
        watermark: 0,
      },
      webhook: { url: "ftp://x", events: ["job.unknown"] },
      reference: 1,
      metadata: { k: 1, "": "v" },
      tags: ["", "t".repeat(65)],
      priority: 0,
      timeout_s: 0,
      start_timeout_s: -1,
      max_cost: 0,
      on_unconfirmed: "",
      typo: true,
    });
    const inputs = ["prompt", "negative_prompt", "size", "duration", "seed", "audio_url", "watermark"];
    const others =
      "/webhook/url /webhook/events/0 /reference /metadata/k /metadata/ /tags/0 /tags/1 /priority /timeout_s " +
      "/start_timeout_s /max_cost /on_unconfirmed /typo";
    const expected = [...inputs.map((name) => `/input/${name}`), ...others.split(" ")];
    expect(pointersOf(answer)).toEqual(expected.sort());
    expect(answer.json["detail"]).toBe(`${expected.length} faults: see errors.`);
  });
});

test("all of these refusals -> nothing was created", async () => {
  expect(await holdings(api)).toEqual(nothing);
});
