// How long a session lasts, by a clock of the test's own.
import cookie from "@fastify/cookie";
import Fastify from "fastify";
import { expect, test } from "vitest";
import { createSessions } from "../../../src/api/dashboard/session.ts";
import { ADMIN } from "../../support/api.ts";
import { NOON } from "../../support/job.ts";

const HALF_A_DAY_MS = 12 * 3_600_000;

test("a session -> holds for twelve hours, whatever the browser keeps", async () => {
  let now = NOON;
  const sessions = createSessions(ADMIN, null, () => now);
  const app = Fastify();
  await app.register(cookie);
  app.post("/", (request, reply) => {
    sessions.open(request, reply);
    return {};
  });
  app.get("/", (request) => ({ isOpen: sessions.isOpen(request) }));
  const opened = await app.inject({ method: "POST", url: "/" });
  const kept = { onetake_session: String(opened.cookies[0]?.value) };
  const isOpen = async () =>
    (await app.inject({ url: "/", cookies: kept })).json<{ isOpen: boolean }>().isOpen;

  expect(await isOpen()).toBe(true);
  now = NOON + HALF_A_DAY_MS - 1;
  expect(await isOpen()).toBe(true);
  now = NOON + HALF_A_DAY_MS;
  expect(await isOpen()).toBe(false);
});
