/**
 * What the operator sees in a browser: the queues, the jobs behind their entries, and the sign-in form. All of it
 * reads and nothing writes; it is there only if the configuration knows an operator's key. Its routes are for people, so
 * the API's description leaves them out.
 */
import cookie from "@fastify/cookie";
import type { FastifyInstance } from "fastify";

import type { ApiConfig } from "../shared/config.ts";
import type { Ledger } from "../shared/store/ledger.ts";
import type { Authenticate } from "./auth.ts";
import { boardRoutes } from "./dashboard/board.ts";
import { createFailedLogins } from "./dashboard/failed-logins.ts";
import { createAdmission } from "./dashboard/admission.ts";
import { hidden } from "./dashboard/hidden.ts";
import { jobPageRoutes } from "./dashboard/job-page.ts";
import { CONTENT_SECURITY_POLICY } from "./dashboard/page.ts";
import { ADMIN_PATH, BOARD_PATH } from "./dashboard/places.ts";
import { createSessions } from "./dashboard/session.ts";
import { signInRoutes } from "./dashboard/sign-in.ts";
import { Problem } from "./problem.ts";

type DashboardDeps = Pick<Ledger, "redis" | "keys" | "motor" | "jobs" | "deliveries"> & {
  config: Pick<ApiConfig, "ADMIN_KEY" | "PUBLIC_URL">;
  authenticate: Authenticate;
  isReady: () => boolean;
};

export async function dashboardRoutes(app: FastifyInstance, deps: DashboardDeps): Promise<void> {
  const { redis, keys, config, authenticate, isReady } = deps;
  const { ADMIN_KEY: adminKey, PUBLIC_URL: publicUrl = null } = config;
  if (adminKey === undefined) return;
  const sessions = createSessions(adminKey, publicUrl);
  const failedLogins = createFailedLogins(redis, keys);
  const admit = createAdmission({ authenticate, sessions, failedLogins });
  await app.register(cookie);
  app.addHook("onRequest", async (_request, reply) => {
    reply.headers(HEADERS);
    if (!isReady()) throw new Problem("unavailable", "Redis cannot be reached. Try again shortly.");
  });
  app.register(async (open) => signInRoutes(open, { adminKey, publicUrl, sessions, failedLogins }));
  app.register(async (closed) => {
    closed.addHook("onRequest", admit);
    for (const path of [ADMIN_PATH, `${ADMIN_PATH}/`]) {
      closed.get(path, hidden, (_request, reply) => reply.redirect(BOARD_PATH, 303));
    }
    jobPageRoutes(closed, deps);
    boardRoutes(closed, deps.motor.queues);
  });
}

/** Nobody else may frame these pages, keep them, or learn of their addresses. */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
