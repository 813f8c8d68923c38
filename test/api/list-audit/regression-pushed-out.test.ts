// Ten thousand small changes of a tenant's endpoints left nothing of what the operator had decided.
import { expect, test } from "vitest";
import { auditCommand } from "../../../src/shared/store/audit.ts";
import { readyApi } from "../../support/api.ts";
import { asOperator, auditPage } from "../support.ts";

test("a tenant decides 12,000 times after the operator did once -> the operator's is still there, and all are in order", async () => {
  const api = await readyApi();
  await asOperator(api, "POST", "/v1/admin/submissions/pause", { body: { reason: "billed twice" } });
  const { redis, keys } = api.ledger;
  const deed = { action: "endpoint.update", by: "tenant acme (key_1)", tenant: "acme", subject: "ep_1" };
  const [name, ...words] = auditCommand(keys, deed);
  const pipeline = redis.pipeline();
  for (let n = 0; n < 12_000; n++) pipeline.call(name, ...words.map(String));
  await pipeline.exec();
  const found: { action: string; at: string }[] = [];
  for (let after = ""; ;) {
    const { data, next } = await auditPage(api, `?limit=100${after}`);
    found.push(...data);
    if (next === null) break;
    after = `&after=${next}`;
  }
  expect(found.at(-1)).toMatchObject({ action: "submissions.pause" });
  expect(found.map(({ at }) => at)).toEqual(
    found
      .map(({ at }) => at)
      .toSorted()
      .toReversed(),
  );
  expect(found.length).toBeGreaterThan(10_000);
});
