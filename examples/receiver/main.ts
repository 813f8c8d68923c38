/**
 * A receiver of Onetake's webhooks. What comes is verified, written into the inbox, and answered with 204; the work is done
 * afterwards. So a receiver that is killed in between has lost nothing.
 */
import { once } from "node:events";
import { fetchVideo } from "./fetch-video.ts";
import { Inbox } from "./inbox.ts";
import { createReceiver } from "./receive.ts";
import { keyOf } from "./verify.ts";
import { type Event, workOff } from "./work-off.ts";

const { WEBHOOK_SECRETS = "", HOST = "127.0.0.1", PORT = "8080", INBOX = "inbox.db" } = process.env;
const { API = "http://127.0.0.1:3000", KEY = "", VIDEOS = "." } = process.env;

const secrets = WEBHOOK_SECRETS.split(/[\s,]+/).filter((secret) => secret !== "");
if (secrets.length === 0)
  throw new Error("WEBHOOK_SECRETS is required: whsec_…, several separated by commas");
// A wrong one must show now, not when the first event comes.
secrets.forEach(keyOf);

/** In place of your own work. It is done once more for an event if the process is killed in the middle of it. */
async function work({ type, id, data: { job } }: Event, stopped: AbortSignal): Promise<void> {
  console.log(type, id, job?.reference ?? "");
  const hasVideo = type === "job.succeeded" || type === "job.recovered";
  if (job === undefined || !hasVideo || KEY === "") return;
  console.log("saved", await fetchVideo(job, { api: API, key: KEY, folder: VIDEOS }, stopped));
}

const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => stopping.abort());
const inbox = new Inbox(INBOX);
const server = createReceiver(secrets, inbox).listen(Number(PORT), HOST);
await once(server, "listening");
console.log("listening", server.address());
await workOff(inbox, work, stopping.signal);
server.close();
await once(server, "close");
inbox.close();
