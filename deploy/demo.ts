// A backend that uses Onetake, for the demo in containers: it posts one job after another, waits for its webhooks, and
// checks them as any receiver should. It goes on until it is stopped; with `--once` it ends after one round.
import { createHmac, timingSafeEqual } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { request } from "undici";
import { z } from "zod";
import { EXIT_CONFIG, SetupError } from "../src/shared/errors.ts";

type Story = { about: string; orders?: string; receiver?: string; tells: string[] };

/** What happens to a job is ordered from the simulator in its prompt, and from the receiver in the webhook's URL. */
const STORIES: Story[] = [
  { about: "all goes well", tells: ["job.succeeded"] },
  {
    about: "Novita wants it later",
    orders: "[[sim:submit=RATE_LIMIT_EXCEEDEDx1:1]]",
    tells: ["job.succeeded"],
  },
  { about: "three looks fail", orders: "[[sim:poll=500x3]]", tells: ["job.succeeded"] },
  { about: "the receiver fails first", receiver: "?answer=500,204", tells: ["job.succeeded"] },
  {
    about: "the generation fails",
    orders: "[[sim:end=failed:out of memory]]",
    tells: ["job.failed"],
  },
  {
    about: "nobody knows if it was bought; given up",
    orders: "[[sim:submit=drop]]",
    tells: ["job.unconfirmed", "job.failed"],
  },
];

const WEBHOOK_WITHIN_MS = 60_000;
const BETWEEN_LOOKS_MS = 300;
const BETWEEN_STORIES_MS = 2000;
const REQUEST_WITHIN_MS = 30_000;

/** Compose hands on a variable that is not set as an empty one. */
const variable = z.string("is required").min(1, "is required");

const Place = z.object({
  API_URL: variable,
  /** The first of them posts. */
  API_KEYS: z.string("is required").regex(/^[^:]+:[^,]+/, "must be tenant:key"),
  /** Without it the worker asks the real one. */
  NOVITA_BASE_URL: z.string().default(""),
  SIMULATOR_URL: variable,
  RECEIVER_URL: variable,
});
type Place = z.infer<typeof Place>;

const Job = z.object({ id: z.string() });
const Secrets = z.object({ secrets: z.array(z.string()) });
const Inbox = z.object({
  received: z.array(z.object({ headers: z.record(z.string(), z.unknown()), body: z.string() })),
});
const Event = z.object({ type: z.string(), data: z.object({ job: Job }) });

/** Throws a SetupError that names every fault. */
function readPlace(variables: NodeJS.ProcessEnv): Place {
  const read = Place.safeParse(variables);
  if (read.success) return read.data;
  throw new SetupError(read.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`));
}

async function demonstrate(place: Place, isOnce: boolean): Promise<void> {
  if (place.NOVITA_BASE_URL !== place.SIMULATOR_URL) {
    throw new SetupError([
      "it would buy videos. Start with --env-file deploy/demo.env, and with no NOVITA_BASE_URL in your shell.",
    ]);
  }
  for (;;) {
    for (const story of STORIES) {
      await tellStory(place, story);
      if (!isOnce) await delay(BETWEEN_STORIES_MS);
    }
    if (isOnce) return;
  }
}

async function tellStory(place: Place, { about, orders = "", receiver = "", tells }: Story): Promise<void> {
  const jobs = `${place.API_URL}/v1/jobs`;
  const body = {
    input: { prompt: `A lighthouse in a storm ${orders}`.trim(), size: "1280*720", duration: 2 },
    webhook: { url: `${place.RECEIVER_URL}/${receiver}` },
  };
  const { id } = Job.parse(await call("POST", jobs, { key: keyOf(place), body }));
  say(id, "posted", about);
  for (const type of tells) {
    await webhookOf(place, id, type);
    say(id, "webhook", `${type}, signature verified`);
    if (type !== "job.unconfirmed") continue;
    await call("POST", `${jobs}/${id}/resolve`, { key: keyOf(place), body: { action: "fail" } });
  }
  await call("POST", `${place.RECEIVER_URL}/reset`);
}

const keyOf = ({ API_KEYS }: Place): string => /^[^:]+:([^,]+)/.exec(API_KEYS)?.[1] ?? "";

/** Resolves when the receiver has it, rightly signed. */
async function webhookOf(place: Place, id: string, type: string): Promise<void> {
  const { secrets } = Secrets.parse(
    await call("GET", `${place.API_URL}/v1/webhook-secret`, { key: keyOf(place) }),
  );
  const deadline = performance.now() + WEBHOOK_WITHIN_MS;
  let types: string[] = [];
  while (performance.now() < deadline) {
    const { received } = Inbox.parse(await call("GET", `${place.RECEIVER_URL}/received`));
    const forged = received.find(
      ({ headers, body }) => !secrets.some((secret) => isSigned(headers, body, secret)),
    );
    if (forged) throw new Error(`a webhook's signature is wrong: ${forged.body}`);
    const events = received.map(({ body }) => Event.parse(JSON.parse(body)));
    types = events.filter(({ data }) => data.job.id === id).map((event) => event.type);
    if (types.includes(type)) return;
    await delay(BETWEEN_LOOKS_MS);
  }
  const came = types.join(", ") || "nothing";
  throw new Error(`no ${type} of ${id} within ${WEBHOOK_WITHIN_MS / 1000} s, but ${came}`);
}

/** Standard Webhooks: an HMAC over id, time and the body as it came; one of several signatures has to fit. */
function isSigned(headers: Record<string, unknown>, body: string, secret: string): boolean {
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const wanted = createHmac("sha256", key).update(signed).digest();
  return String(headers["webhook-signature"])
    .split(" ")
    .map((signature) => Buffer.from(signature.replace("v1,", ""), "base64"))
    .some((given) => given.length === wanted.length && timingSafeEqual(given, wanted));
}

async function call(
  method: "GET" | "POST",
  url: string,
  { key, body }: { key?: string; body?: unknown } = {},
): Promise<unknown> {
  const answer = await request(url, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${method} ${url} answered ${answer.statusCode}: ${text}`);
  return text === "" ? null : JSON.parse(text);
}

function say(id: string, what: string, detail: string): void {
  process.stdout.write(`${id}  ${what.padEnd(8)} ${detail}\n`);
}

if (import.meta.main) {
  process.once("SIGTERM", () => process.exit(0));
  process.once("SIGINT", () => process.exit(0));
  try {
    await demonstrate(readPlace(process.env), process.argv.includes("--once"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`The demo cannot go on: ${why.replaceAll("\n", "\n  ")}\n`);
    process.exitCode = error instanceof SetupError ? EXIT_CONFIG : 1;
  }
}
