// A server that became unfit while work was under way ended the process at its next connection, in the middle of paid
// requests.
import { expect, onTestFinished, test, vi } from "vitest";

import { keepContact } from "../../../src/shared/store/contact.ts";
import { closeRedis } from "../../../src/shared/store/redis.ts";
import { eventually } from "../../support/eventually.ts";
import { connectTestRedis } from "../../support/ledger.ts";
import { openLogBook } from "../../support/log-book.ts";
import { startPrivateRedis, testPrefix } from "../../support/redis.ts";

/** A server with contact made, an operator's connection to it, and the process's end, should it come to that. */
async function makeContact() {
  const server = await startPrivateRedis();
  const logs = openLogBook("worker");
  const redis = connectTestRedis(server.url, logs.log);
  const operator = connectTestRedis(server.url, openLogBook("worker").log);
  const exit = vi.spyOn(process, "exit").mockImplementation(() => {
    throw new Error("the process ends");
  });
  const contact = keepContact({ redis, log: logs.log, judge: () => undefined, key: testPrefix() });
  onTestFinished(async () => {
    contact.stop();
    await Promise.all([redis, operator].map(closeRedis));
    await server.stop();
    exit.mockRestore();
  });
  await contact.made;
  return { redis, operator, logs, exit, contact };
}

test("unfit at a later connection -> the process lives on, unready, says so once, and is ready when the server is fit again", async () => {
  const { redis, operator, logs, exit, contact } = await makeContact();
  expect(contact.offered()).not.toBeNull();
  await operator.config("SET", "maxmemory-policy", "allkeys-lru");
  const asked = vi.spyOn(redis, "info");
  await operator.call("CLIENT", "KILL", "TYPE", "normal");
  await eventually(() => expect(contact.offered()).toBeNull());
  // It is asked again and again, and does not say again what it has said.
  await eventually(() => expect(asked.mock.calls.length).toBeGreaterThanOrEqual(3));
  expect(contact.offered()).toBeNull();
  expect(logs.named("redis.unfit")).toMatchObject([
    { level: "error", faults: [expect.stringContaining("allkeys-lru")] },
  ]);
  await operator.config("SET", "maxmemory-policy", "noeviction");
  await eventually(() => expect(contact.offered()).not.toBeNull());
  expect(exit).not.toHaveBeenCalled();
});
