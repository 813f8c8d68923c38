/** Who may see the dashboard: a browser with a session, or whoever sends the operator's key. */
import type { FastifyReply, FastifyRequest } from "fastify";

import type { Authenticate } from "../auth.ts";
import { requireOperator } from "../auth.ts";
import { parseList } from "../http/header-list.ts";
import { Problem } from "../problem.ts";
import type { FailedLogins } from "./failed-logins.ts";
import { SIGN_IN_PATH } from "./places.ts";
import type { Sessions } from "./session.ts";

type Admit = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

type Door = { authenticate: Authenticate; sessions: Sessions; failedLogins: FailedLogins };

/** A session goes first: a proxy with a password of its own adds an Authorization header to what browsers send. */
export function createAdmission({ authenticate, sessions, failedLogins }: Door): Admit {
  return async function admit(request, reply) {
    if (sessions.isOpen(request)) request.caller = { as: "operator" };
    else if (/^Bearer /i.test(request.headers.authorization ?? "")) await admitKey(request, reply);
    else if (isBrowser(request)) return reply.redirect(SIGN_IN_PATH, 303);
    else throw new Problem("unauthorized", HOW_TO_ENTER);
  };

  /** A key that nobody knows is a guess at the operator's. */
  async function admitKey(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const caller = await authenticate(request).catch(async (error: unknown) => {
      if (error instanceof Problem && error.code === "unauthorized") await failedLogins.count(request, reply);
      throw error;
    });
    requireOperator(caller);
    await failedLogins.refuseIfMany(request, reply);
    request.caller = caller;
  }
}

const HOW_TO_ENTER = `Send the operator's key as Authorization: Bearer <key>, or sign in at ${SIGN_IN_PATH} with a browser.`;

const isBrowser = ({ headers }: FastifyRequest): boolean =>
  parseList(headers.accept ?? "").some(({ name }) => name === "text/html");
