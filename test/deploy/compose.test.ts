// docker-compose.yml, as far as it can be judged without containers. What its commands do is in image.test.ts.
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { apiVariables } from "../../src/shared/config/api-variables.ts";
import { sharedVariables } from "../../src/shared/config/shared-variables.ts";
import { workerVariables } from "../../src/shared/config/worker-variables.ts";
import { loadApiConfig, loadWorkerConfig } from "../../src/shared/config.ts";
import { SetupError } from "../../src/shared/errors.ts";
import {
  askCompose,
  commandOf,
  environmentOf,
  hasNoCompose,
  readCompose,
  type Service,
} from "./support/compose.ts";
import { ROOT, run } from "./support/run.ts";

const SET = { WEBHOOK_SECRET: "any", API_KEYS: "any", NOVITA_API_KEY: "any" };
/** Fixed in the containers, where only the outside port is a choice; and Node's own. */
const FIXED = new Set(["HOST", "PORT", "WORKER_HOST", "WORKER_PORT", "NODE_TLS_REJECT_UNAUTHORIZED"]);

/** Compose would take the .env of whoever runs the tests otherwise. */
async function emptyFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "onetake-compose-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "env"), "");
  return join(folder, "env");
}

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

describe.skipIf(hasNoCompose)("docker-compose.yml", async () => {
  const services = hasNoCompose ? {} : await readCompose();
  const named = (name: string): Service => {
    const service = services[name];
    if (!service) throw new Error(`there is no service ${name}`);
    return service;
  };

  test.each([
    { profile: "none", names: ["redis", "api", "worker"] },
    { profile: "demo", names: ["simulator", "demo"] },
    { profile: "monitoring", names: ["prometheus", "grafana"] },
  ])("profile $profile -> starts $names", ({ profile, names }) => {
    const wanted = profile === "none" ? [] : [profile];
    const found = Object.entries(services).filter(([, { profiles }]) => profiles.join() === wanted.join());
    expect(found.map(([name]) => name).sort()).toEqual(names.sort());
  });

  test.each(Object.keys(SET))("%s is not set -> refused, and told where to set it", async (name) => {
    const others = Object.fromEntries(Object.entries(SET).filter(([other]) => other !== name));
    const { code, output } = await askCompose(await emptyFile(), others);
    expect(code).not.toBe(0);
    expect(output).toContain(`set ${name} in .env (see .env.example)`);
  });

  test("nothing but the three that are required is set -> accepted in every profile", async () => {
    expect((await askCompose(await emptyFile(), SET)).code).toBe(0);
  });

  test("API_KEYS is empty, since keys were made by command -> accepted", async () => {
    expect((await askCompose(await emptyFile(), { ...SET, API_KEYS: "" })).code).toBe(0);
  });

  test.each([
    { name: "api", variables: { ...sharedVariables, ...apiVariables } },
    { name: "worker", variables: { ...sharedVariables, ...workerVariables } },
  ])("a variable that the $name reads -> reaches it when it is set", ({ name, variables }) => {
    const wanted = Object.keys(variables).filter((variable) => !FIXED.has(variable));
    expect(Object.keys(named(name).environment).sort()).toEqual(wanted.sort());
  });

  test("the demo's settings -> valid ones of the API and of the worker", async () => {
    expect(loadApiConfig(environmentOf(named("api"))).API_KEYS).toHaveLength(1);
    expect(loadWorkerConfig(environmentOf(named("worker"))).NOVITA_BASE_URL).toBe("http://simulator:4010");
  });

  test("the demo's settings -> what it takes to buy from Novita is in none of them", async () => {
    const worker = environmentOf(named("worker"));
    const { NOVITA_BASE_URL: _, ...withoutSimulator } = worker;
    expect(worker["NOVITA_API_KEY"]).toBe("simulator");
    expect(() => loadWorkerConfig({ ...withoutSimulator, NOVITA_API_KEY: "" })).toThrow(SetupError);
  });

  test.each(["api", "worker"])("the time that the %s gets to stop -> more than it takes", async (name) => {
    const { stop_grace_period: grace = "" } = named(name);
    const [, minutes = "0", seconds = "0"] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(grace) ?? [];
    const takes = loadApiConfig(environmentOf(named("api"))).SHUTDOWN_TIMEOUT_MS;
    expect((Number(minutes) * 60 + Number(seconds)) * 1000).toBeGreaterThan(takes);
  });

  test("Redis -> writes an append-only file, and evicts nothing", async () => {
    expect(commandOf(named("redis")).join(" ")).toMatch(
      /^redis-server .*--appendonly yes .*--maxmemory-policy noeviction$/,
    );
  });

  test.each(Object.keys(services))("%s -> a read-only root, no privileges, a log with an end", (name) => {
    expect(named(name)).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      logging: { options: { "max-size": "10m" } },
    });
    expect(named(name)["privileged"]).toBeUndefined();
  });

  test("every service -> any number of copies, since none has a name of its own", () => {
    expect(Object.values(services).filter((service) => "container_name" in service)).toEqual([]);
  });

  test("every service that others wait for -> tells its health", async () => {
    const silent = Object.entries(services).filter(([, { healthcheck }]) => !healthcheck);
    expect(silent.map(([name]) => name)).toEqual(["demo"]);
  });

  test("every published port -> of this machine only; the worker, Redis and the caller publish none", async () => {
    const ports = Object.values(services).flatMap((service) => service.ports);
    expect(ports.filter((port) => !port.startsWith("127.0.0.1:"))).toEqual([]);
    const inner = Object.keys(services).filter((name) => named(name).ports.length === 0);
    expect(inner.sort()).toEqual(["demo", "redis", "worker"]);
  });

  test("an image of somebody else -> one version; ours -> built here and never fetched", () => {
    const [ours, others] = [true, false].map((isOurs) =>
      Object.values(services).filter(({ build }) => (build !== undefined) === isOurs),
    );
    expect(ours?.map(({ image, pull_policy }) => `${image} ${String(pull_policy)}`)).toEqual(
      Array(4).fill("onetake build"),
    );
    expect(
      others?.map(({ image }) => image).filter((image) => !/:v?\d+\.\d+\.\d+(-\w+)?$/.test(image)),
    ).toEqual([]);
  });

  test("Prometheus -> puts ADMIN_KEY where its configuration looks for it, for nobody else to read", async () => {
    const { entrypoint = [], ...rest } = named("prometheus");
    const [script = ""] = commandOf({ entrypoint, ...rest });
    const file = /credentials_file: (\S+)/.exec(read("deploy/prometheus/prometheus.yml"))?.[1] ?? "none";
    expect(script).toContain(`> ${file}\n`);
    const HERE = await emptyFile();
    await rm(HERE);
    const tried = script.replace(file, '"$HERE"').replace(/exec [^]*/, 'stat -c %a "$HERE" && cat "$HERE"');
    const env = { HERE, ADMIN_KEY: "the key" };
    expect(await run([...entrypoint, tried], { env })).toEqual({ code: 0, output: "600\nthe key" });
  });

  test.each([
    { service: "prometheus", variable: "ADMIN_KEY" },
    { service: "grafana", variable: "GF_SECURITY_ADMIN_PASSWORD" },
  ])("$service without $variable -> does not start, and says so", async ({ service, variable }) => {
    const { entrypoint = [], ...rest } = named(service);
    const { code, output } = await run([...entrypoint, ...commandOf({ entrypoint, ...rest })]);
    expect(code).not.toBe(0);
    expect(output).toContain(`${variable}: is not set`);
  });
});

test("dclint -> finds nothing in docker-compose.yml", async () => {
  const dclint = join(ROOT, "node_modules/dclint/bin/dclint.cjs");
  expect(await run([process.execPath, dclint, "--max-warnings", "0", "docker-compose.yml"])).toEqual({
    code: 0,
    output: "\n",
  });
});

describe("settings for containers", () => {
  test(".env, which holds secrets -> neither in the repository nor in the image", () => {
    expect(read(".gitignore").split("\n")).toContain(".env");
    expect(read(".dockerignore")).not.toMatch(/^!.*env/m);
  });

  test.each(Object.keys(SET))("%s, which is required -> named in .env.example, without a value", (name) => {
    expect(read(".env.example").split("\n")).toContain(`${name}=`);
  });
});
