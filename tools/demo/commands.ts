// Ready-made commands for another terminal: pasted as they are, they work in any shell of the Bourne family.
import type { Installation } from "./installation.ts";
import type { Screen } from "./screen.ts";
import type { Line } from "./text.ts";

/** `jobId`: one to look at. `unconfirmed`: ids of the jobs that wait for a decision. */
export type Subjects = { jobId: string; unconfirmed: string[] };

/** What they need to know of the installation. */
export type Places = Pick<Installation, "apiUrl" | "workerUrl" | "simulatorUrl"> & {
  credentials: Pick<Installation["credentials"], "apiKey">;
  receiver: Pick<Installation["receiver"], "url">;
};

const AUTH = '-H "Authorization: Bearer $KEY"';
const JSON_BODY = "-H 'Content-Type: application/json'";

export function showCommands(screen: Screen, installation: Places, subjects: Subjects): void {
  screen.say("\nIn another terminal", "strong");
  screen.print(...commandLines(installation, subjects));
  screen.say("\nCtrl-C stops everything.");
}

export function commandLines(installation: Places, { jobId, unconfirmed }: Subjects): Line[] {
  const { apiUrl, workerUrl, credentials, simulatorUrl } = installation;
  return [
    ...commands(`API=${apiUrl}`, `KEY=${credentials.apiKey}`, `JOB=${jobId}`),
    words("a job; its steps as they happen; its video:"),
    ...commands(
      `curl ${AUTH} $API/v1/jobs/$JOB`,
      `curl ${AUTH} -N $API/v1/jobs/$JOB \\`,
      "  -H 'Accept: text/event-stream'",
      `curl ${AUTH} -L $API/v1/jobs/$JOB/video -o video.mp4`,
    ),
    words(`post one of your own${simulatorUrl ? "" : " (this buys another video)"}:`),
    ...commands(...post(installation)),
    words("an endpoint, where all events go (the answer has its secret):"),
    ...commands(...makeEndpoint(installation)),
    ...(unconfirmed.length > 0 ? resolve(unconfirmed) : []),
    words("metrics of the API and of the worker:"),
    ...commands("curl $API/metrics", `curl ${workerUrl}/metrics`),
  ];
}

const post = ({ receiver }: Places): string[] => [
  `curl ${AUTH} $API/v1/jobs \\`,
  `  ${JSON_BODY} \\`,
  `  -d '{"webhook":{"url":"${receiver.url}/"},`,
  `       "input":{"prompt":"A cat on skates","size":"1280*720","duration":2}}'`,
];

const makeEndpoint = ({ receiver }: Places): string[] => [
  `curl ${AUTH} $API/v1/webhook-endpoints \\`,
  `  ${JSON_BODY} -d '{"url":"${receiver.url}/all"}'`,
];

const resolve = (ids: string[]): Line[] => [
  words("unconfirmed: sold perhaps, the answer lost. Give up, or buy again (resubmit):"),
  ...commands(
    ...ids.map(
      (id, index) =>
        `${index === 0 ? "for ID in" : "         "} ${id}${index < ids.length - 1 ? " \\" : "; do"}`,
    ),
    `  curl ${AUTH} $API/v1/jobs/$ID/resolve \\`,
    `    ${JSON_BODY} -d '{"action":"fail"}'`,
    "done",
  ),
];

const words = (text: string): Line => [[`  ${text}`, "dim"]];
const commands = (...lines: string[]): Line[] => lines.map((line) => [`  ${line}`]);
