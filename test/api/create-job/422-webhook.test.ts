// POST /v1/jobs with a webhook that can be seen, without asking DNS, to lead where it must not.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isReady, startTestApi, type TestApi } from "../../support/api.ts";
import { ssrfCases } from "../../shared/webhook/ssrf-cases.ts";
import { faultsOf, holdings, nothing } from "../support.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await isReady(api);
});
afterAll(() => api.close());

const withWebhook = (webhook: unknown) => ({ input: { prompt: "p" }, webhook });

/** What a name leads to is judged when it is dialled; here only what the URL itself tells. */
const isJudgedAtIntake = ({ dns, dnsSequence }: (typeof ssrfCases)[number]) => !dns && !dnsSequence;
const refused = ssrfCases.filter(
  (each) => isJudgedAtIntake(each) && (each.expect === "block" || each.expect === "invalid"),
);
const allowed = ssrfCases.filter(({ expect: verdict }) => verdict === "allow");

describe("the target", () => {
  test("the table of targets -> holds enough of both kinds to mean something", () => {
    expect(refused.length).toBeGreaterThan(40);
    expect(allowed.length).toBeGreaterThan(3);
  });

  test.each(refused)("$name, $url -> 422 at /webhook/url, nothing created", async ({ url }) => {
    const before = await holdings(api);
    const answer = await api.post(withWebhook({ url }));
    expect(faultsOf(answer)).toEqual([{ pointer: "/webhook/url", detail: expect.stringMatching(/\w/) }]);
    expect(await holdings(api)).toEqual(before);
  });

  test.each(allowed)("$name, $url -> 202", async ({ url }) => {
    expect((await api.post(withWebhook({ url }))).status).toBe(202);
  });

  test.each([
    ["http while WEBHOOK_ALLOW_CIDRS is unset", "http://hooks.example.com/h"],
    ["http to loopback while WEBHOOK_ALLOW_CIDRS is unset", "http://127.0.0.1:8080/h"],
    ["another scheme", "ftp://hooks.example.com/h"],
    ["a path", "/hook"],
    ["an empty text", ""],
    ["2049 characters", `https://hooks.example.com/${"h".repeat(2023)}`],
    ["a space", "https://hooks.example.com/a b"],
    ["half an emoji", "https://hooks.example.com/\ud83c"],
    ["a name below localhost", "https://api.localhost/h"],
  ])("%s -> 422 at /webhook/url", async (_name, url) => {
    expect(faultsOf(await api.post(withWebhook({ url })))).toMatchObject([{ pointer: "/webhook/url" }]);
  });
});

describe("the rest of it", () => {
  const url = "https://hooks.example.com/h";
  test.each<[string, unknown, string]>([
    ["null", null, "/webhook"],
    ["a string", url, "/webhook"],
    ["a list", [url], "/webhook"],
    ["no url", {}, "/webhook/url"],
    ["a url that is null", { url: null }, "/webhook/url"],
    ["events that are a string", { url, events: "job.*" }, "/webhook/events"],
    ["events that are null", { url, events: null }, "/webhook/events"],
    ["no events", { url, events: [] }, "/webhook/events"],
    ["an unknown event", { url, events: ["job.succeeded", "job.done"] }, "/webhook/events/1"],
    ["every event of everything", { url, events: ["*"] }, "/webhook/events/0"],
    [
      "more events than there are",
      { url, events: Array.from({ length: 10 }, () => "job.*") },
      "/webhook/events",
    ],
  ])("webhook: %s -> 422 at the place", async (_name, webhook, pointer) => {
    expect(faultsOf(await api.post(withWebhook(webhook)))).toEqual([
      { pointer, detail: expect.stringMatching(/\w/) },
    ]);
  });
});

test("WEBHOOK_ALLOW_CIDRS is set -> http into the range, and nowhere else", async () => {
  const open = await startTestApi({ WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8" });
  try {
    await isReady(open);
    expect((await open.post(withWebhook({ url: "http://127.0.0.1:8080/h" }))).status).toBe(202);
    const refusals = ["http://10.0.0.1/h", "http://93.184.216.34/h", "http://169.254.169.254/"].map((url) =>
      open.post(withWebhook({ url })),
    );
    for (const answer of await Promise.all(refusals)) {
      expect(faultsOf(answer)).toMatchObject([{ pointer: "/webhook/url" }]);
    }
    expect((await holdings(open)).jobs).toHaveLength(1);
    expect(await holdings(open)).not.toEqual(nothing);
  } finally {
    await open.close();
  }
});
