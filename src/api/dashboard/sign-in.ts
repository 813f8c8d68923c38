/** The form by which a browser comes in with the operator's key, and out again. The key is in the body, never in a URL. */
import { timingSafeEqual } from "node:crypto";

import formbody from "@fastify/formbody";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";

import { digestOf } from "../../shared/bearer.ts";
import { Problem } from "../problem.ts";
import type { FailedLogins } from "./failed-logins.ts";
import { markup } from "./markup.ts";
import { sendPage } from "./page.ts";
import { BOARD_PATH, SIGN_IN_PATH, SIGN_OUT_PATH } from "./places.ts";
import { hidden } from "./hidden.ts";
import { refuseForeign } from "./refuse-foreign.ts";
import type { Sessions } from "./session.ts";

type SignInDeps = {
  adminKey: string;
  publicUrl: string | null;
  sessions: Sessions;
  failedLogins: FailedLogins;
};

export function signInRoutes(root: FastifyInstance, deps: SignInDeps): void {
  const { adminKey, publicUrl, sessions, failedLogins } = deps;
  const operator = digestOf(adminKey);
  root.register(formbody);
  // Another site could use up the failures of an operator's address, or sign them out.
  root.addHook("onRequest", async (request) => {
    if (request.method === "POST") refuseForeign(request.headers, publicUrl);
  });
  const app = root.withTypeProvider<ZodTypeProvider>();

  app.get(SIGN_IN_PATH, hidden, (request, reply) =>
    sessions.isOpen(request) ? sendWayOut(reply) : sendForm(reply, null),
  );

  app.post(SIGN_IN_PATH, signInRoute, async (request, reply) => {
    const isRight = timingSafeEqual(operator, digestOf(request.body.key));
    try {
      await (isRight ? failedLogins.refuseIfMany(request, reply) : failedLogins.count(request, reply));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return sendForm(reply.code(429), error.message);
    }
    if (!isRight) return sendForm(asUnauthorized(reply), "This is not the operator's key.");
    sessions.open(request, reply);
    request.log.tell("operator.signed_in", { address: request.ip });
    return reply.redirect(BOARD_PATH, 303);
  });

  app.post(SIGN_OUT_PATH, hidden, async (request, reply) => {
    sessions.close(request, reply);
    return reply.redirect(SIGN_IN_PATH, 303);
  });
}

const signInRoute = { schema: { ...hidden.schema, body: z.strictObject({ key: z.string() }) } };

const sendForm = (reply: FastifyReply, fault: string | null) =>
  sendPage(
    reply,
    "Sign in to Onetake",
    markup`<form method="post" action="${SIGN_IN_PATH}">
${fault && markup`<p class="fault" role="alert">${fault}</p>`}
<label for="key">The operator's key (ADMIN_KEY)</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form>
<p class="note">You stay signed in for 12 hours; over a network, only by https. What you will see can be read, not changed.</p>`,
  );

const asUnauthorized = (reply: FastifyReply): FastifyReply =>
  reply.code(401).header("www-authenticate", 'Bearer realm="onetake"');

const sendWayOut = (reply: FastifyReply) =>
  sendPage(
    reply,
    "You are signed in",
    markup`<p><a href="${BOARD_PATH}">To the queues</a></p>
<form method="post" action="${SIGN_OUT_PATH}"><button>Sign out</button></form>`,
  );
