/** bull-board over the three queues, with nothing left of it but what reads. */
import { createBullBoard } from "@bull-board/api";
import type { AppControllerRoute } from "@bull-board/api/typings/app";
import { FastifyAdapter } from "@bull-board/fastify";
import type { FastifyInstance } from "fastify";

import { stages } from "../../shared/queues.ts";
import type { Motor } from "../../shared/queues.ts";
import { Lane } from "./lane.ts";
import { BOARD_PATH, SIGN_IN_PATH } from "./places.ts";

export function boardRoutes(app: FastifyInstance, queues: Motor["queues"]): void {
  const serverAdapter = new ReadingAdapter().setBasePath(BOARD_PATH);
  createBullBoard({
    queues: stages.map((stage) => new Lane(queues[stage], stage)),
    serverAdapter,
    options: { uiConfig },
  });
  app.addHook("onSend", async (_request, reply, payload) =>
    isPage(reply.getHeader("content-type"), payload) ? withoutStrangers(payload) : payload,
  );
  app.register(serverAdapter.registerPlugin(), { prefix: BOARD_PATH });
}

/** What writes is refused by each lane as well, but is not even there. Errors are answered as everywhere else. */
class ReadingAdapter extends FastifyAdapter {
  override setApiRoutes(routes: AppControllerRoute[]) {
    return super.setApiRoutes(routes.filter(({ method }) => method === "get"));
  }

  override setErrorHandler() {
    return super.setErrorHandler((error) => {
      throw error;
    });
  }
}

const uiConfig = {
  boardTitle: "Onetake",
  environment: { label: "read-only", color: "#2f5d50", textColor: "#ffffff" },
  miscLinks: [{ text: "Sign out", url: SIGN_IN_PATH }],
  hideDocsLink: true,
  // /metrics tells of Redis; this would need a style in place.
  hideRedisDetails: true,
  // It would list Redis' clients for each queue every few seconds, and in a cluster those of one node only.
  showWorkers: false,
};

const isPage = (type: unknown, payload: unknown): payload is string =>
  typeof payload === "string" && String(type).startsWith("text/html");

/** The page asks Google for a font and styles its splash in place: the policy bars both, and nobody misses them. */
const withoutStrangers = (page: string): string =>
  page
    .replaceAll(/<link [^>]*href="https?:[^>]*>/g, "")
    .replace(/(<div id="root">).*(<\/div>\s*<script)/s, "$1$2");
