/** The route to a job's video, by a link that works whenever it is asked for. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import { isoOrNull } from "../../shared/wire.ts";
import { answer, emptyAnswer, refusals } from "../answers.ts";
import { videoAnswer } from "../answers/video.ts";
import type { AskDeps } from "../ask.ts";
import { findJob } from "../decide.ts";
import { forReaders } from "../openapi/access.ts";
import { jobParams, videoQuery } from "../schemas.ts";
import { findVideo } from "../video.ts";

export function videoRoutes(root: FastifyInstance, deps: AskDeps): void {
  const app = root.withTypeProvider<ZodTypeProvider>();

  app.get("/v1/jobs/:id/video", videoRoute, async (request, reply) => {
    const known = await findJob(deps.jobs, request, request.params.id);
    const { url, expiresAt } = await findVideo(deps, request, reply, known);
    if (request.query.redirect === "false") return { url, expires_at: isoOrNull(expiresAt) };
    return reply.redirect(asHeader(url));
  });
}

/** As it is, unless a header could not carry it. */
const asHeader = (url: string): string => (/^[\x21-\x7e]+$/.test(url) ? url : new URL(url).href);

const videoRoute = {
  schema: {
    operationId: "getVideo",
    tags: ["Jobs"],
    summary: "Get a job's video",
    description:
      "Redirects to the video. Novita's links die within the hour: one that has expired is replaced by a new one first, which " +
      "takes a moment. Fetch the file soon: how long Novita keeps it is not known. A job that was canceled or failed has its " +
      "video too, if one came.",
    security: forReaders,
    params: jobParams,
    querystring: videoQuery,
    response: {
      200: answer(videoAnswer, "With `redirect=false`: the link."),
      302: emptyAnswer("The video is there.", ["Location"]),
      ...refusals("not_found", "conflict", "gone", "too_many_open", "upstream_unavailable"),
    },
  },
};
