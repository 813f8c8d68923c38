// docker-compose.yml as Compose itself understands it: anchors merged, variables filled in.
import { parse } from "yaml";
import { z } from "zod";
import { program } from "../../support/program.ts";
import { run, type Run } from "./run.ts";

const words = z.array(z.string());

/** As text; Compose 2 takes it apart, and 1.29 does when there is no address. */
const Port = z.union([
  z.string(),
  z
    .object({ host_ip: z.string().default("*"), published: z.coerce.string(), target: z.number() })
    .transform(({ host_ip, published, target }) => `${host_ip}:${published}:${target}`),
]);

const Service = z.looseObject({
  image: z.string(),
  build: z.unknown().optional(),
  command: words.optional(),
  entrypoint: words.optional(),
  environment: z.record(z.string(), z.string().nullable()).default({}),
  healthcheck: z.looseObject({ test: words }).optional(),
  ports: z.array(Port).default([]),
  profiles: words.default([]),
  stop_grace_period: z.string().optional(),
});
export type Service = z.infer<typeof Service>;

const Compose = z.looseObject({ services: z.record(z.string(), Service) });

const path = program("docker-compose");

/** Elsewhere than in CI a test may be done without. */
export const hasNoCompose = path === null && !process.env["CI"];

const PROFILES = ["demo", "monitoring"];

/** `docker-compose config` of every profile, with the variables of the file and of `env` and no others. */
export function askCompose(envFile: string, env: Record<string, string> = {}): Promise<Run> {
  if (path === null) throw new Error("docker-compose is not on PATH");
  const chosen = PROFILES.flatMap((profile) => ["--profile", profile]);
  return run([path, "--env-file", envFile, ...chosen, "config"], { env });
}

/** Every service, with the demo's settings. */
export async function readCompose(): Promise<Record<string, Service>> {
  const { code, output } = await askCompose("deploy/demo.env");
  if (code !== 0) throw new Error(output);
  return Compose.parse(parse(output)).services;
}

/** What the container finds in its environment. */
export const environmentOf = ({ environment }: Service): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );

/** Compose writes a dollar as two. */
export const commandOf = ({ command = [] }: Service): string[] =>
  command.map((word) => word.replaceAll("$$", "$"));
