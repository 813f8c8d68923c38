/**
 * The operator's session: a cookie that says until when it holds, signed with a key that is derived from ADMIN_KEY. Nothing
 * is kept, so any API process knows any session; a new ADMIN_KEY ends all of them. It only ever reads: no route that
 * changes anything takes it.
 */
import { createHmac } from "node:crypto";

import { Signer } from "@fastify/cookie";
import type { CookieSerializeOptions } from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";

import { isLoopbackHost } from "../../shared/loopback.ts";
import { ADMIN_PATH } from "./places.ts";

const NAME = "onetake_session";
const LIFETIME_S = 43_200;

export type Sessions = ReturnType<typeof createSessions>;

/** `now`: ms since the epoch. The processes' own clocks are good enough: they differ by seconds, and a session lasts for hours. */
export function createSessions(adminKey: string, publicUrl: string | null, now: () => number = Date.now) {
  // The label keeps this key apart from any other that may be derived from ADMIN_KEY one day.
  const signer = new Signer(createHmac("sha256", adminKey).update("onetake/session").digest());

  function open(request: FastifyRequest, reply: FastifyReply): void {
    const until = String(now() + LIFETIME_S * 1000);
    reply.setCookie(NAME, signer.sign(until), { ...cookieOf(request), maxAge: LIFETIME_S });
  }

  function isOpen(request: FastifyRequest): boolean {
    const { valid, value } = signer.unsign(request.cookies[NAME] ?? "");
    return valid && Number(value) > now();
  }

  /** Has the browser forget it. */
  function close(request: FastifyRequest, reply: FastifyReply): void {
    reply.clearCookie(NAME, cookieOf(request));
  }

  /** On this machine there may be no https. */
  function cookieOf({ hostname }: FastifyRequest): CookieSerializeOptions {
    const secure = publicUrl?.startsWith("https:") === true || !isLoopbackHost(hostname);
    return { path: ADMIN_PATH, httpOnly: true, sameSite: "strict", secure };
  }

  return { open, isOpen, close };
}
