// Standing in line was refused by a Redis without memory, so rescue, which brings everybody back in line, came to an end at
// the first delivery that was due, and woke nobody behind it.
import { expect, onTestFinished, test } from "vitest";
import { openTestLedger } from "../../support/ledger.ts";
import { destination, enterAll, holders, seatsAt } from "../../support/places.ts";
import { startPrivateRedis } from "../../support/redis.ts";

test("Redis has no memory left -> whoever comes gets a place or stands in line, and whoever leaves makes room", async () => {
  const server = await startPrivateRedis({ appendonly: false });
  onTestFinished(() => server.stop());
  const ledger = openTestLedger({ url: server.url });
  const to = destination("slow.example");
  const seats = seatsAt(to, 7);
  const names = seats.map(({ entry }) => entry);
  await ledger.redis.config("SET", "maxmemory", 1);
  await expect(ledger.redis.set("anything", "else")).rejects.toThrow("OOM");
  expect(await enterAll(ledger, seats)).toEqual(names.slice(0, 5));
  const [first] = seats;
  expect(first && (await ledger.places.leave(first)).told).toEqual(seats.slice(5, 6));
  expect(await holders(ledger, to)).toEqual(names.slice(1, 6));
});
