// docs/webhooks.md, followed by an engineer who receives events.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findFreePort } from "../../tools/free-port.ts";
import { blocksOf } from "../docs/support/page.ts";
import { followPage, isMissing, newFolder } from "../docs/support/reader.ts";
import { testPrefix } from "../support/redis.ts";
import { acme, untilReady } from "./support/caller.ts";
import { startApi, startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PAGE = "docs/webhooks.md";

test.skipIf(isMissing("bash", "curl"))(
  "every command and sample of the page, in order -> works, and shows what the page says",
  async () => {
    const { redis, simulator } = await startServers();
    const places = { redis: redis.url, novita: simulator.url, prefix: testPrefix() };
    const environment = settings(places, { ENCRYPTION_KEY: randomBytes(32).toString("base64") });
    const api = await startApi(environment);
    await startWorker(environment);
    await untilReady(api.url);
    const followed = await followPage(PAGE, await newFolder(), {
      PATH: process.env["PATH"],
      API: api.url,
      KEY: acme.key,
      RECEIVER_PORT: String(await findFreePort()),
      ONETAKE: ROOT,
    });
    expect(followed.length).toBeGreaterThan(12);
  },
);

test("the TypeScript samples -> compile under the repository's own rules", async () => {
  const dir = await newFolder();
  for (const { file, code } of blocksOf(PAGE)) {
    if (file?.endsWith(".ts")) await writeFile(join(dir, file), code);
  }
  const config = { extends: join(ROOT, "tsconfig.json"), include: ["*.ts"] };
  await writeFile(join(dir, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const checked = await promisify(execFile)(process.execPath, [tsc, "-p", dir]).catch(
    (error: { stdout: string }) => error,
  );
  expect(checked.stdout).toBe("");
});
