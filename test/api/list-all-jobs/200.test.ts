// GET /v1/admin/jobs: the operator's view over all tenants.
import { expect, test } from "vitest";
import { ADMIN, GLOBEX, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { newJob, newRequest, NOON } from "../../support/job.ts";
import { putJob } from "../../support/ledger.ts";
import { followPages, idsOf, readPage } from "../../support/pages.ts";
import { makeJob, makeJobIn, smallBody } from "../support.ts";

const asOperator = { key: ADMIN };
const list = async (api: TestApi, query = "") =>
  idsOf(...(await followPages(api, `/v1/admin/jobs${query}`, asOperator)));

test("jobs of two tenants -> all of them, newest first, each as a read shows it and with whose it is", async () => {
  const api = await readyApi();
  const ours = await makeJobIn(api, "succeeded");
  const theirs = String((await api.post(smallBody, { key: GLOBEX })).json["id"]);
  const { data, next } = await readPage(api, "/v1/admin/jobs", asOperator);
  const [one, two] = await Promise.all(
    [theirs, ours].map((id) => api.call("GET", `/v1/jobs/${id}`, asOperator)),
  );
  expect(data).toEqual([
    { ...one?.json, tenant: "globex" },
    { ...two?.json, tenant: "acme" },
  ]);
  expect(next).toBeNull();
});

test("tenant -> only this one's jobs; one that nobody knows -> none", async () => {
  const api = await readyApi();
  const ours = await makeJob(api);
  const theirs = (await api.post(smallBody, { key: GLOBEX })).json["id"];
  expect(await list(api, "?tenant=acme")).toEqual([ours]);
  expect(await list(api, "?tenant=globex")).toEqual([theirs]);
  expect(await list(api, "?tenant=initech")).toEqual([]);
});

// What the number of a job says of it.
const isAcme = (n: number) => (n & 1) > 0;
const isQueued = (n: number) => (n & 2) > 0;
const isSpring = (n: number) => (n & 4) > 0;

test("every filter, with and without a tenant -> what fits, over pages and tenants", async () => {
  const api = await readyApi();
  const put = (ms: number, tenant: string, status: "queued" | "failed", word: string) => {
    const request = newRequest({ tags: [word], reference: word });
    return putJob(api.ledger, newJob(NOON + ms, { tenant, status, request }));
  };
  const ids: string[] = [];
  for (let n = 0; n < 16; n++) {
    const job = await put(
      n,
      isAcme(n) ? "acme" : "globex",
      isQueued(n) ? "queued" : "failed",
      isSpring(n) ? "spring" : "autumn",
    );
    ids.push(job.id);
  }
  const fitting = (fits: (n: number) => boolean) => ids.filter((_, n) => fits(n)).toReversed();
  const after = new Date(NOON + 8).toISOString();
  expect(await list(api, "?limit=3")).toEqual(fitting(() => true));
  expect(await list(api, "?limit=3&status=queued")).toEqual(fitting(isQueued));
  expect(await list(api, "?limit=3&tag=spring")).toEqual(fitting(isSpring));
  expect(await list(api, "?limit=3&reference=spring&status=queued")).toEqual(
    fitting((n) => isSpring(n) && isQueued(n)),
  );
  expect(await list(api, `?limit=3&created_after=${after}`)).toEqual(fitting((n) => n >= 8));
  expect(await list(api, "?limit=3&tenant=acme&tag=spring")).toEqual(
    fitting((n) => isAcme(n) && isSpring(n)),
  );
  expect(await list(api, `?tenant=acme&status=queued&reference=spring&created_before=${after}`)).toEqual(
    fitting((n) => isAcme(n) && isQueued(n) && isSpring(n) && n < 8),
  );
});

test("2,000 jobs of one millisecond over tenants, while more come -> each once, in order", async () => {
  const api = await readyApi();
  const numbers = Array.from({ length: 2000 }, (_, n) => n);
  const jobs = await Promise.all(
    numbers.map((n) => putJob(api.ledger, newJob(NOON, { tenant: n % 3 ? "acme" : "globex" }))),
  );
  const there = jobs
    .map(({ id }) => id)
    .toSorted()
    .toReversed();
  const pages = await followPages(api, "/v1/admin/jobs?limit=100", {
    ...asOperator,
    meanwhile: () => putJob(api.ledger, newJob(NOON)),
  });
  const met = idsOf(...pages);
  const known = new Set(there);
  expect(new Set(met).size).toBe(met.length);
  expect(met.filter((id) => known.has(id))).toEqual(there);
});
