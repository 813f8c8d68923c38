// Whose failures are counted together.
import Fastify from "fastify";
import { expect, test } from "vitest";
import { createFailedLogins } from "../../../src/api/dashboard/failed-logins.ts";
import { answerError } from "../../../src/api/problem.ts";
import { openTestLedger } from "../../support/ledger.ts";
import { openLogBook } from "../../support/log-book.ts";

const MOST = 10;

test.each([
  ["another IPv4 address", "192.0.2.1", "192.0.2.2", 401],
  ["another IPv6 address of the same network", "2001:db8:1:2::3", "2001:db8:1:2:ffff::4", 429],
  ["an address of another IPv6 network", "2001:db8:1:2::3", "2001:db8:1:3::3", 401],
  ["the same IPv4 address, as an IPv6 socket sees it", "192.0.2.1", "::ffff:192.0.2.1", 429],
  ["the same address of a local link", "fe80::1%eth0", "fe80::1", 429],
])("an address has failed ten times; then comes %s -> %s, %s: %i", async (_name, first, then, status) => {
  const ledger = openTestLedger();
  const failedLogins = createFailedLogins(ledger.redis, ledger.keys);
  const app = Fastify({ loggerInstance: openLogBook("api").log });
  app.setErrorHandler(answerError);
  app.get("/", async (request, reply) => {
    await failedLogins.count(request, reply);
    return reply.code(401).send({});
  });
  const failFrom = async (remoteAddress: string) =>
    (await app.inject({ url: "/", remoteAddress })).statusCode;

  for (let n = 0; n < MOST; n++) expect(await failFrom(first)).toBe(401);
  expect(await failFrom(first)).toBe(429);
  expect(await failFrom(then)).toBe(status);
});
