import { describe, expect, test, beforeAll, afterAll } from "vitest";
import { z } from "zod";
import { ADMIN, isReady, startTestApi, type TestApi } from "../../support/api.ts";
import { makeJobIn } from "../support.ts";
import { BOARD, queuesOf, SIGN_IN, signIn, visit } from "./support.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await isReady(api);
});
afterAll(() => api.close());

const Queues = z.object({
  queues: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      readOnlyMode: z.boolean(),
      allowRetries: z.boolean(),
      counts: z.record(z.string(), z.number()),
      jobs: z.array(
        z.object({ id: z.string(), data: z.unknown(), externalUrl: z.object({ href: z.string() }) }),
      ),
    }),
  ),
});

describe("the board", () => {
  test.each([["with the operator's key"], ["with a session"]])("%s -> the page", async (how) => {
    const cookie = await signIn(api);
    const headers = { authorization: `Bearer ${ADMIN}` };
    const answer = await visit(api, BOARD, how === "with a session" ? { cookie } : { headers });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("<title>Onetake</title>");
  });

  test("a session beside another's Authorization header, as of a proxy with a password -> the page", async () => {
    const cookie = await signIn(api);
    expect(
      (await visit(api, BOARD, { cookie, headers: { authorization: "Basic b3BzOm9wcw==" } })).status,
    ).toBe(200);
  });

  test("its queues -> three lanes, read-only, that say what they are for", async () => {
    const { queues } = Queues.parse((await queuesOf(api)).json);
    expect(
      queues.map(({ name, readOnlyMode, allowRetries }) => ({ name, readOnlyMode, allowRetries })),
    ).toEqual(
      ["submit", "poll", "deliver"].map((name) => ({ name, readOnlyMode: true, allowRetries: false })),
    );
    expect(queues.map(({ description }) => description.split(":")[0])).toEqual([
      "Spends money",
      "Spends nothing",
      "Spends nothing",
    ]);
  });

  test("jobs on their way -> their entries, each with the way to its record", async () => {
    const body = { input: { prompt: "a cat" }, webhook: { url: "https://hooks.example.com/" } };
    const queued = await makeJobIn(api, "queued", body);
    const processing = await makeJobIn(api, "processing", body);
    const succeeded = await makeJobIn(api, "succeeded", body);
    const [delivery] = await api.ledger.deliveries.deliveriesOf(succeeded);

    for (const [lane, id, href] of [
      ["submit", queued, `/admin/jobs/${queued}`],
      ["poll", processing, `/admin/jobs/${processing}`],
      ["deliver", delivery?.id, `/admin/deliveries/${delivery?.id}`],
    ]) {
      const { queues } = Queues.parse((await queuesOf(api, { query: `?activeQueue=${lane}` })).json);
      const entry = queues.find(({ name }) => name === lane)?.jobs.find((each) => each.id === `${id}-1`);
      expect(entry).toMatchObject({ data: { id, n: 1 }, externalUrl: { href } });
    }
  });

  test("a page of a thousand entries is asked for -> a hundred come", async () => {
    const wakeUps = Array.from({ length: 120 }, (_, n) => ({ stage: "poll" as const, id: "job_x", n }));
    await api.ledger.motor.wake(wakeUps, Date.now());
    const query = "?activeQueue=poll&status=waiting&jobsPerPage=1000";
    const { queues } = Queues.parse((await queuesOf(api, { query })).json);
    expect(queues.find(({ name }) => name === "poll")?.jobs.length).toBe(100);
  });
});

describe("the record behind an entry", () => {
  test("a job -> how it stands, its history and its deliveries", async () => {
    const cookie = await signIn(api);
    const id = await makeJobIn(api, "succeeded", {
      input: { prompt: "a cat" },
      webhook: { url: "https://hooks.example.com/" },
    });
    const { status, text } = await visit(api, `/admin/jobs/${id}`, { cookie });
    expect(status).toBe(200);
    for (const word of [
      id,
      "succeeded",
      "billed",
      "submitting",
      "task-1",
      "job.succeeded",
      "https://hooks.example.com",
    ])
      expect(text).toContain(word);
  });

  test("a delivery -> 303 to its job", async () => {
    const cookie = await signIn(api);
    const id = await makeJobIn(api, "succeeded", {
      input: { prompt: "a cat" },
      webhook: { url: "https://hooks.example.com/" },
    });
    const [delivery] = await api.ledger.deliveries.deliveriesOf(id);
    const answer = await visit(api, `/admin/deliveries/${delivery?.id}`, { cookie });
    expect(answer).toMatchObject({ status: 303, headers: { location: `/admin/jobs/${id}` } });
  });
});

describe("every page", () => {
  test.each([[BOARD], [`${BOARD}/`], [`${BOARD}/queue/submit`], [SIGN_IN]])(
    "%s -> may load its own files only, be framed by nobody, and be kept by nobody",
    async (path) => {
      const { status, headers } = await visit(api, path, { cookie: await signIn(api) });
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        "cache-control": "no-store",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
      });
      const policy = String(headers["content-security-policy"]);
      expect(policy).toMatch(/^default-src 'none'; /);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
    },
  );

  test("the board's page -> names no foreign host", async () => {
    const { text } = await visit(api, BOARD, { cookie: await signIn(api) });
    expect(text).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  test("another site asks -> no answer allows it to read one", async () => {
    const cookie = await signIn(api);
    const origin = "https://evil.example";
    for (const path of [BOARD, `${BOARD}/api/queues`, SIGN_IN, "/admin/jobs/job_x"]) {
      const { headers } = await visit(api, path, { cookie, headers: { origin } });
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
    const preflight = await api.call("OPTIONS", `${BOARD}/api/queues`, {
      key: null,
      headers: { origin, "access-control-request-method": "GET" },
    });
    expect(preflight.status).toBe(405);
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });
});
