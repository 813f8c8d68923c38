import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keepCredentials } from "../../../tools/demo/credentials.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "onetake-credentials-"));
});
afterEach(() => rm(dir, { recursive: true }));

test("none are kept -> drawn at random, and kept where only their owner reads", async () => {
  const file = join(dir, "credentials.json");
  const drawn = await keepCredentials(file);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await keepCredentials(file)).toEqual(drawn);
  expect(drawn.adminKey).toMatch(/^admin_.{32}$/);
  expect(new Set([drawn.apiKey, drawn.adminKey, drawn.webhookSecret]).size).toBe(3);
});

test("a file of a version that knew no operator's key -> the rest is taken, and a key is drawn", async () => {
  const file = join(dir, "credentials.json");
  const { adminKey: _none, ...old } = await keepCredentials(file);
  await writeFile(file, JSON.stringify(old));
  expect(await keepCredentials(file)).toEqual({ ...old, adminKey: expect.stringMatching(/^admin_.{32}$/) });
});
