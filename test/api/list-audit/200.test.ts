// GET /v1/admin/audit by the operator.
import { describe, expect, test } from "vitest";
import { createKeyStore } from "../../../src/api/keys/key-store.ts";
import { auditCommand } from "../../../src/shared/store/audit.ts";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { asOperator, auditPage, makeJobIn } from "../support.ts";

/** Writes entries as they are written, of subjects 1, 2, 3 … */
async function writeEntries({ ledger }: TestApi, count: number, from = 1): Promise<void> {
  const { redis, keys } = ledger;
  for (let n = from; n < from + count; n++) {
    const [name, ...words] = auditCommand(keys, { action: "x", by: "y", tenant: null, subject: String(n) });
    await redis.call(name, ...words);
  }
}

const subjectsOf = ({ data }: { data: { subject: string | null }[] }) => data.map(({ subject }) => subject);

test("nothing was decided -> an empty page", async () => {
  expect(await auditPage(await readyApi())).toEqual({ data: [], next: null });
});

test("whatever people decide -> newest first, with who, whom, what and when", async () => {
  const api = await readyApi();
  const before = await api.ledger.jobs.readClock();
  const { key, made } = await createKeyStore(api.ledger.redis, api.ledger.keys).createKey("acme", null);
  const id = await makeJobIn(api, "unconfirmed");
  await api.call("POST", `/v1/jobs/${id}/resolve`, { key, body: { action: "fail" } });
  await asOperator(api, "POST", "/v1/admin/submissions/pause", { body: { reason: "billed twice" } });
  await api.call("POST", "/v1/webhook-secret/rotate", { key });
  const { data } = await auditPage(api);
  expect(
    data.map(({ action, by, tenant, subject, reason }) => [action, by, tenant, subject, reason]),
  ).toEqual([
    ["secret.rotate", `tenant acme (${made.id})`, "acme", "webhook secret 1", null],
    ["submissions.pause", "operator", null, "submissions", "billed twice"],
    ["resolve.fail", `tenant acme (${made.id})`, "acme", id, null],
    ["key.create", "operator (npm run keys)", "acme", made.id, null],
  ]);
  const times = data.map(({ at }) => Date.parse(at)).toReversed();
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times[0]).toBeGreaterThanOrEqual(before);
  expect((times[3] ?? 0) - before).toBeLessThan(10_000);
});

describe("pages", () => {
  test("45 entries in pages of 20, the default -> each once, the last page says that it is", async () => {
    const api = await readyApi();
    await writeEntries(api, 45);
    const first = await auditPage(api, "");
    const second = await auditPage(api, `?after=${first.next}`);
    const third = await auditPage(api, `?after=${second.next}`);
    expect([first, second, third].map(({ data }) => data.length)).toEqual([20, 20, 5]);
    expect([first, second, third].flatMap(subjectsOf)).toEqual(
      Array.from({ length: 45 }, (_, n) => String(45 - n)),
    );
    expect(third.next).toBeNull();
  });

  test("as many as fit -> no next page; limits 1 and 100 are taken", async () => {
    const api = await readyApi();
    await writeEntries(api, 3);
    expect((await auditPage(api, "?limit=3")).next).toBeNull();
    expect(subjectsOf(await auditPage(api, "?limit=1"))).toEqual(["3"]);
    expect((await auditPage(api, "?limit=100")).data).toHaveLength(3);
  });

  test("entries that come while somebody leafs -> move nothing", async () => {
    const api = await readyApi();
    await writeEntries(api, 4);
    const first = await auditPage(api, "?limit=2");
    await writeEntries(api, 3, 5);
    expect(subjectsOf(first)).toEqual(["4", "3"]);
    expect(subjectsOf(await auditPage(api, `?limit=2&after=${first.next}`))).toEqual(["2", "1"]);
  });
});
