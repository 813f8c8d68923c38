// A worker that is frozen while its connection to Novita is being made: between the last look at the clock and the first
// byte of the request lies the handshake, so the clock is looked at again when it is over.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { postJob, readJob } from "./support/caller.ts";
import { openOwnApi } from "./support/own-processes.ts";
import { withTest } from "./support/on-end.ts";
import { startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const SUBMIT_TIMEOUT_MS = 2500;
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

test("frozen during the TLS handshake until the deadline is past -> the handshake ends, the request is not sent", async () => {
  const servers = await startServers();
  const { simulator } = servers;
  const prefix = testPrefix();
  const door = await openSlowDoor(simulator.url);
  const places = { redis: servers.redis.url, novita: door.url, prefix };
  const api = await openOwnApi(places, withTest);
  const worker = await startWorker(
    settings(places, {
      SUBMIT_TIMEOUT_MS: String(SUBMIT_TIMEOUT_MS),
      NODE_EXTRA_CA_CERTS: fixture("tls-cert.pem"),
    }),
  );
  const id = await postJob(api, {
    input: { prompt: `[[job:${prefix}]]` },
    webhook: { url: `${servers.receiver.url}/${prefix}` },
  });
  await door.greeted;
  await worker.kill("SIGSTOP");
  await sleep(SUBMIT_TIMEOUT_MS + 200);
  // The answer to its greeting lies in its socket when it comes back: one more round, and the request could go.
  await door.open();
  await worker.kill("SIGCONT");
  const first = await worker.logged("job.submitted");
  expect(first).toMatchObject({ job_id: id, outcome: "unsent" });
  await eventually(async () => expect((await readJob(api, id)).status).toBe("succeeded"), 30_000);
  expect(simulator.ledger.counters.submits).toBe(1);
  expect(simulator.ledger.tasksOf(prefix)).toHaveLength(1);
  await eventually(() => expect([...servers.postbox.newsAt(`/${prefix}`).keys()]).toEqual(["job.succeeded"]));
});

/** TLS in front of the server at `url`. Whoever comes first is left waiting with its greeting until the door opens. */
async function openSlowDoor(url: string) {
  const target = new URL(url);
  const secure = createTlsServer(
    { cert: readFileSync(fixture("tls-cert.pem")), key: readFileSync(fixture("tls-key.pem")) },
    (socket) => join(socket, connect(Number(target.port), target.hostname)),
  );
  const securePort = await listen(secure);
  const greeted = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const admit = async (client: Socket) => {
    await once(client, "readable");
    greeted.resolve();
    await opened.promise;
    const inner = connect(securePort, "127.0.0.1");
    inner.once("data", () => setImmediate(answered.resolve));
    join(client, inner);
  };
  const front = createServer((client) => {
    client.on("error", () => undefined);
    void admit(client).catch(() => client.destroy());
  });
  const port = await listen(front);
  const open = async () => {
    opened.resolve();
    await answered.promise;
  };
  return { url: `https://localhost:${port}`, greeted: greeted.promise, open };
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  withTest(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

function join(one: Socket, other: Socket): void {
  one.on("error", () => other.destroy());
  other.on("error", () => one.destroy());
  one.pipe(other).pipe(one);
}
