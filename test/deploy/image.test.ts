// The image without a container engine: its files and packages, and the commands, checks and settings that
// docker-compose.yml gives to its services, run as processes of this machine.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findFreePort } from "../../tools/free-port.ts";
import { eventually } from "../support/eventually.ts";
import { commandOf, environmentOf, hasNoCompose, readCompose, type Service } from "./support/compose.ts";
import { fillImage, imageEnvironment, instructions } from "./support/image.ts";
import { ROOT, run, type Run } from "./support/run.ts";

const HEALTHY_WITHIN_MS = 30_000;

/** What the demo's caller says in one round. */
const TOLD = `posted   all goes well
webhook  job.succeeded, signature verified
posted   Novita wants it later
webhook  job.succeeded, signature verified
posted   three looks fail
webhook  job.succeeded, signature verified
posted   the receiver fails first
webhook  job.succeeded, signature verified
posted   the generation fails
webhook  job.failed, signature verified
posted   nobody knows if it was bought; given up
webhook  job.unconfirmed, signature verified
webhook  job.failed, signature verified
`;

/** Where each service listens in its container, and where it does here. */
type Ports = Record<string, number>;

describe("Dockerfile", () => {
  test("its Node.js -> the one that .nvmrc names", async () => {
    const version = (await readFile(join(ROOT, ".nvmrc"), "utf8")).trim();
    expect(instructions("FROM")).toEqual([[`node:${version}-bookworm-slim`]]);
  });

  test("its packages -> those of the lock file, none for development, no script run", () => {
    expect(instructions("RUN").map((words) => words.join(" "))).toEqual([
      "npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force",
    ]);
  });

  test("its processes -> not run as root, and started without a shell, which would swallow signals", () => {
    expect(instructions("USER")).toEqual([["node"]]);
    expect(instructions("CMD").map((words) => words.join(" "))).toEqual(['["node", "src/api/main.ts"]']);
  });
});

describe.skipIf(hasNoCompose)("the services, as docker-compose.yml starts them", () => {
  const ends: (() => Promise<void>)[] = [];
  const endings = new Map<string, Promise<number | null>>();
  let services: Record<string, Service> = {};
  let ports: Ports = {};
  let dir = "";

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "onetake-image-"));
    ends.push(() => rm(dir, { recursive: true }));
    fillImage(dir);
    services = await readCompose();
    const places = ["redis:6379", "api:3000", "worker:3001", "simulator:4010", "simulator:4011"];
    ports = Object.fromEntries(
      await Promise.all(places.map(async (place) => [place, await findFreePort()] as const)),
    );
    await startRedis();
    for (const name of ["simulator", "api", "worker"]) start(name);
  }, 120_000);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  test.each(["redis", "simulator", "api", "worker"])("%s -> healthy by its own check", async (name) => {
    await isHealthy(name);
    expect((await check(name)).code).toBe(0);
  });

  test("the demo's caller -> every webhook comes, rightly signed", async () => {
    await Promise.all(["api", "worker", "simulator"].map(isHealthy));
    const { code, output } = await runOnce("demo", ["--once"]);
    expect(output.replaceAll(/job_\w+ +/g, "")).toBe(TOLD);
    expect(code).toBe(0);
  }, 120_000);

  test("the demo's caller where Novita is the real one -> posts nothing, and says why", async () => {
    const { code, output } = await runOnce("demo", [], { NOVITA_BASE_URL: "https://api.novita.ai" });
    expect(code).toBe(78);
    expect(output).toMatch(/^The demo cannot go on: it would buy videos/);
  });

  test.each(["api", "worker"])("%s asked to stop -> ends with 0, and is healthy no more", async (name) => {
    const child = running.get(name);
    child?.kill("SIGTERM");
    expect(await endings.get(name)).toBe(0);
    expect((await check(name)).code).not.toBe(0);
  });

  const running = new Map<string, ChildProcess>();

  /** Compose's own network, on loopback. */
  function here(text: string, name: string): string {
    return text
      .replaceAll(/\b(redis|api|worker|simulator):(\d+)/g, (place) => `127.0.0.1:${ports[place]}`)
      .replaceAll(/\b127\.0\.0\.1:(\d{4})(?!\d)/g, (own, port) => {
        const mine = ports[`${name}:${port}`];
        return mine === undefined ? own : `127.0.0.1:${mine}`;
      });
  }

  async function isHealthy(name: string): Promise<void> {
    await eventually(async () => {
      const { code, output } = await check(name);
      if (code !== 0) throw new Error(`${name} is not healthy: ${output}`);
    }, HEALTHY_WITHIN_MS);
  }

  function settingsOf(name: string): Record<string, string> {
    const service = services[name];
    if (!service) throw new Error(`there is no service ${name}`);
    const settings = { ...imageEnvironment(), ...environmentOf(service) };
    const moved = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [key, here(value, name)]),
    );
    return {
      ...moved,
      HOST: "127.0.0.1",
      WORKER_HOST: "127.0.0.1",
      SIMULATOR_HOST: "127.0.0.1",
      PORT: String(ports["api:3000"]),
      WORKER_PORT: String(ports["worker:3001"]),
      SIMULATOR_PORT: String(ports["simulator:4010"]),
      RECEIVER_PORT: String(ports["simulator:4011"]),
      // The receiver's address is none of Docker's here.
      WEBHOOK_ALLOW_CIDRS: `${settings["WEBHOOK_ALLOW_CIDRS"]},127.0.0.0/8`,
      SIMULATOR_GENERATION_MS: "500",
    };
  }

  async function startRedis(): Promise<void> {
    const data = await mkdtemp(join(tmpdir(), "onetake-image-redis-"));
    const service = services["redis"];
    if (!service) throw new Error("there is no service redis");
    const place = ["--port", String(ports["redis:6379"]), "--bind", "127.0.0.1", "--dir", data];
    const child = launch("redis", [...commandOf(service), ...place], { PATH: process.env["PATH"] ?? "" });
    ends.push(async () => {
      child.kill("SIGKILL");
      await endings.get("redis");
      await rm(data, { recursive: true });
    });
  }

  function start(name: string): void {
    const service = services[name];
    if (!service) throw new Error(`there is no service ${name}`);
    const child = launch(name, commandOf(service), settingsOf(name));
    ends.push(async () => {
      child.kill("SIGKILL");
      await endings.get(name);
    });
  }

  /** `node` is ours, as it is the image's in a container. */
  function launch(name: string, [file = "", ...args]: string[], env: Record<string, string>): ChildProcess {
    const child = spawn(file === "node" ? process.execPath : file, args, {
      cwd: dir,
      env,
      stdio: "ignore",
    });
    running.set(name, child);
    endings.set(
      name,
      new Promise((resolve) => {
        child.once("error", () => resolve(null));
        child.once("close", resolve);
      }),
    );
    return child;
  }

  function runOnce(name: string, more: string[], changes: Record<string, string> = {}): Promise<Run> {
    const service = services[name];
    if (!service) throw new Error(`there is no service ${name}`);
    const [, ...args] = commandOf(service);
    return run([process.execPath, ...args, ...more], {
      cwd: dir,
      env: { ...settingsOf(name), ...changes },
    });
  }

  /** The check of its health, as Docker runs it: inside, where the service has its usual port. */
  async function check(name: string): Promise<Run> {
    const [kind, ...words] = services[name]?.healthcheck?.test ?? [];
    const command = words.map((word) => here(word, name));
    if (kind === "CMD-SHELL") {
      const [line = ""] = command;
      return run(["sh", "-c", line.replace("redis-cli", `redis-cli -p ${ports["redis:6379"]}`)]);
    }
    const [file = "", ...args] = command;
    return run([file === "node" ? process.execPath : file, ...args]);
  }
});
