import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { giveAnswer, type Answer } from "../answer.ts";
import { authorize } from "../authorize.ts";
import { downloadVideo } from "../download.ts";
import { refused, type Refused } from "../limits.ts";
import { lookAtTask } from "../look.ts";
import { refuse } from "../refusals.ts";
import { sellTask } from "../sell.ts";
import type { Simulation } from "../simulation.ts";

type Query = Record<string, string>;

/** What Novita shows to the world: submit, result, file. */
export async function novitaRoutes(
  app: FastifyInstance,
  { simulation, closing }: { simulation: Simulation; closing: AbortSignal },
): Promise<void> {
  const give = async (reply: FastifyReply, answer: Answer) => {
    await giveAnswer(reply, answer, closing);
    return reply;
  };
  takeBodiesAsText(app);

  app.post<{ Params: { model: string } }>("/v3/async/:model", (request, reply) => {
    const { body, refusal } = readBody(request);
    const denied = authorize(request.headers.authorization, simulation.settings.apiKey);
    return give(
      reply,
      sellTask(simulation, { model: request.params.model, body, refusal: denied ?? refusal }),
    );
  });

  app.get<{ Querystring: Query }>("/v3/async/task-result", (request, reply) => {
    const denied = authorize(request.headers.authorization, simulation.settings.apiKey);
    if (denied) return give(reply, denied.answer);
    const { task_id: taskId } = request.query;
    if (!taskId) return give(reply, refuse("INVALID_REQUEST_BODY", "task_id is required"));
    return give(reply, lookAtTask(simulation, taskId, `${request.protocol}://${request.host}`));
  });

  app.get<{ Params: { fileId: string }; Querystring: Query }>("/files/:fileId.mp4", (request, reply) => {
    const { params, query, url, headers } = request;
    return give(
      reply,
      downloadVideo(simulation, { fileId: params.fileId, url, query, range: headers.range }),
    );
  });

  app.setNotFoundHandler((_request, reply) => give(reply, refuse("API_NOT_FOUND")));
}

/** A body that is no JSON must still reach the ledger, so it is parsed here and not by the framework. */
function takeBodiesAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
}

function readBody({ body, headers }: FastifyRequest): { body: unknown; refusal: Refused | undefined } {
  const type = headers["content-type"] ?? "";
  if (!type.startsWith("application/json"))
    return { body: null, refusal: refused("INVALID_REQUEST_BODY", "Content-Type must be application/json") };
  try {
    return { body: JSON.parse(String(body)), refusal: undefined };
  } catch {
    return { body: null, refusal: refused("INVALID_REQUEST_BODY", "the body is not JSON") };
  }
}
