// The secrets of an endpoint, as the worker signs with them, judged by the reference library.
import { expect, test } from "vitest";
import { act, makeEndpoint, startAll } from "../endpoint-support.ts";
import { makeJobIn } from "../support.ts";
import { isVerifiedBy, passTime, rotate } from "./support.ts";

/** The next event that arrives at the path. */
async function nextAt({ api, receiver }: Awaited<ReturnType<typeof startAll>>, path: string) {
  const seen = receiver.received.length;
  await makeJobIn(api, "canceled");
  return receiver.waitFor(
    (received) => received.path === path && receiver.received.indexOf(received) >= seen,
  );
}

test("rotated three times -> all four secrets verify the next delivery; the expired ones do not verify the one after", async () => {
  const all = await startAll();
  const { api, hooks } = all;
  const { id, secret } = await makeEndpoint(api, { url: `${hooks}/rotated` });
  const secrets = [secret];
  for (const grace_s of [3600, 60, 60]) {
    secrets.unshift(String((await rotate(api, id, { grace_s })).json["secret"]));
  }
  const event = await nextAt(all, "/rotated");
  expect(secrets.map((each) => isVerifiedBy(each, event))).toEqual([true, true, true, true]);
  expect(String(event.headers["webhook-signature"]).split(" ")).toHaveLength(4);
  await passTime(api, 60_000);
  const later = await nextAt(all, "/rotated");
  expect(secrets.map((each) => isVerifiedBy(each, later))).toEqual([true, false, false, true]);
});

test("without a grace -> the secret that was replaced verifies nothing from then on", async () => {
  const all = await startAll();
  const { id, secret } = await makeEndpoint(all.api, { url: `${all.hooks}/at-once` });
  const fresh = String((await rotate(all.api, id, { grace_s: 0 })).json["secret"]);
  const event = await nextAt(all, "/at-once");
  expect([fresh, secret].map((each) => isVerifiedBy(each, event))).toEqual([true, false]);
});

test("two endpoints and the job's own address -> each verified by its own secret only", async () => {
  const { api, receiver, hooks } = await startAll();
  const first = await makeEndpoint(api, { url: `${hooks}/first` });
  const second = await makeEndpoint(api, { url: `${hooks}/second` });
  const own = String(Object((await api.call("GET", "/v1/webhook-secret")).json["secrets"])[0]);
  await makeJobIn(api, "canceled", { input: { prompt: "x" }, webhook: { url: `${hooks}/own` } });
  const secrets = { "/first": first.secret, "/second": second.secret, "/own": own };
  for (const [path, secret] of Object.entries(secrets)) {
    const event = await receiver.waitFor((received) => received.path === path);
    const verifying = Object.values(secrets).filter((each) => isVerifiedBy(each, event));
    expect(verifying).toEqual([secret]);
  }
});

test("headers of its own -> sent with each delivery to it as they are, beside ours; a change of them goes with the next", async () => {
  const all = await startAll();
  const headers = { Authorization: "Bearer of-a-gateway", "X-Shop": "7" };
  const { id } = await makeEndpoint(all.api, { url: `${all.hooks}/headers`, headers });
  expect((await nextAt(all, "/headers")).headers).toMatchObject({
    authorization: "Bearer of-a-gateway",
    "x-shop": "7",
    "content-type": "application/json",
    "webhook-id": expect.stringMatching(/^evt_/),
  });
  await all.api.call("PATCH", `/v1/webhook-endpoints/${id}`, { body: { headers: { "X-Shop": "8" } } });
  const next = await nextAt(all, "/headers");
  expect(next.headers).toMatchObject({ "x-shop": "8" });
  expect(next.headers).not.toHaveProperty("authorization");
  await act(all.api, id, "disable");
});
