// A repeat was judged anew before it was recognised: prices that had risen in between turned an accepted job into a 422.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, smallBody } from "../support.ts";

test("a repeat after prices have risen above max_cost -> 200 with the job that was accepted", async () => {
  const headers = { "idempotency-key": "order-42" };
  const body = { ...smallBody, max_cost: 1 };
  const cheap = await readyApi({ PRICES: "wan2.7-t2v:1080P=0.15" });
  const dear = await readyApi({ ...cheap.environment, PRICES: "wan2.7-t2v:1080P=9" });
  const first = await cheap.post(body, { headers });
  const again = await dear.post(body, { headers });
  expect([first.status, again.status]).toEqual([202, 200]);
  expect(again.json["id"]).toBe(first.json["id"]);
  expect((await holdings(dear)).jobs).toEqual([first.json["id"]]);
});
