// Another tenant's things do not exist: whoever holds globex's key learns nothing from acme's ids, on any route.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { GLOBEX, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { makeJobIn } from "../support.ts";

const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });
const { paths } = Document.parse(
  JSON.parse(readFileSync(new URL("../../../openapi.json", import.meta.url), "utf8")),
);

type Method = "GET" | "POST" | "DELETE" | "PUT" | "PATCH";
const Method = z.enum(["GET", "POST", "DELETE", "PUT", "PATCH"]);

/** Every documented route that takes an id. */
const routes = Object.entries(paths)
  .filter(([path]) => path.includes("{id}"))
  .flatMap(([path, methods]) =>
    Object.keys(methods).map((method): [Method, string] => [Method.parse(method.toUpperCase()), path]),
  );

/** What a route needs to be understood at all. */
const bodies: Record<string, object> = {
  "/v1/jobs/{id}/resolve": { action: "fail" },
  "/v1/webhook-endpoints/{id}/recover": { since: "2026-01-01T00:00:00Z" },
};

const webhook = { url: "https://hooks.example.com/in" };

/** A job of acme's in a status, and the id of what it left on each kind of route. */
async function idsOfAcme(api: TestApi, status: "unconfirmed" | "succeeded" | "failed") {
  const job = await makeJobIn(api, status, { input: { prompt: "a secret" }, tags: ["spring"], webhook });
  const [delivery] = await api.ledger.deliveries.deliveriesOf(job);
  if (!delivery) throw new Error("The job has raised no delivery.");
  const endpoint = await api.call("POST", "/v1/webhook-endpoints", { body: webhook });
  return { jobs: job, deliveries: delivery.id, endpoints: String(endpoint.json["id"]) };
}

type Ids = Awaited<ReturnType<typeof idsOfAcme>>;

function idFor(path: string, ids: Ids): string {
  if (path.startsWith("/v1/webhook-endpoints")) return ids.endpoints;
  return path.startsWith("/v1/deliveries") ? ids.deliveries : ids.jobs;
}

function ask(api: TestApi, [method, path]: [Method, string], id: string) {
  const body = method === "GET" ? {} : { body: bodies[path] ?? {} };
  return api.call(method, path.replace("{id}", id), { key: GLOBEX, ...body });
}

/** A problem without what is different each time. */
function wordsOf({ json }: Awaited<ReturnType<typeof ask>>): object {
  const { request_id: _id, ...words } = json;
  return words;
}

test("the routes with an id -> are found in the document", () => {
  expect(routes.length).toBeGreaterThanOrEqual(9);
});

describe.each(["unconfirmed", "succeeded", "failed"] as const)("acme's job is %s, globex asks", (status) => {
  test.each(routes)(
    "%s %s -> 404, in the same words as for an id that nobody has; nothing changes",
    async (...route) => {
      const api = await readyApi();
      const ids = await idsOfAcme(api, status);
      const before = await api.ledger.jobs.readJob(ids.jobs);
      const answer = await ask(api, route, idFor(route[1], ids));
      expect(answer).toBeProblem(404, "not_found");
      const unknown = await ask(api, route, idFor(route[1], ids).replace(/.{4}_?job$|.{4}$/, "ZZZZ"));
      expect(wordsOf(answer)).toEqual(wordsOf(unknown));
      expect(answer.text).not.toContain("a secret");
      expect((await api.ledger.jobs.readJob(ids.jobs))?.record).toEqual(before?.record);
    },
  );
});

describe("lists", () => {
  test.each([
    "/v1/jobs",
    "/v1/jobs?status=succeeded",
    "/v1/jobs?tag=spring",
    "/v1/deliveries",
    "/v1/deliveries?job_id={job}",
    "/v1/deliveries?status=pending",
  ])("globex asks GET %s -> 200 with nothing of acme's", async (path) => {
    const api = await readyApi();
    const { jobs: job } = await idsOfAcme(api, "succeeded");
    const asked = path.replace("{job}", job);
    const own = await api.call("GET", asked);
    expect(own.json["data"]).toHaveLength(1);
    const answer = await api.call("GET", asked, { key: GLOBEX });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ data: [], next: null });
  });

  test("acme's cursor in globex's hands -> a page without anything of acme's", async () => {
    const api = await readyApi();
    await idsOfAcme(api, "succeeded");
    await idsOfAcme(api, "failed");
    const page = await api.call("GET", "/v1/jobs?limit=1");
    const cursor = z.string().parse(page.json["next"]);
    const answer = await api.call("GET", `/v1/jobs?after=${cursor}`, { key: GLOBEX });
    expect(answer.json["data"] ?? []).toEqual([]);
  });
});

test("an Idempotency-Key of acme's in globex's hands -> a job of globex's own", async () => {
  const api = await readyApi();
  const options = { headers: { "idempotency-key": "order-1" } };
  const first = await api.post({ input: { prompt: "x" } }, options);
  const second = await api.post({ input: { prompt: "x" } }, { ...options, key: GLOBEX });
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(second.json["id"]).not.toBe(first.json["id"]);
});
