// GET /openapi.json and the page at /docs that shows it: for everyone, also while Redis is away.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestApi, type TestApi } from "../../support/api.ts";
import { startPrivateRedis } from "../../support/redis.ts";

let api: TestApi;
beforeAll(async () => {
  const redis = await startPrivateRedis();
  await redis.kill();
  api = await startTestApi({ REDIS_URL: redis.url });
  await redis.stop();
});
afterAll(() => api.close());

const get = (path: string) => api.call("GET", path, { key: null });

test("no key, no Redis -> 200 with the document that is kept in the repository", async () => {
  const answer = await get("/openapi.json");
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toMatch(/^application\/json\b/);
  const kept: unknown = JSON.parse(readFileSync(new URL("../../../openapi.json", import.meta.url), "utf8"));
  expect(answer.json).toEqual(kept);
});

test("no ADMIN_KEY -> the operator's routes are not in the document, as they are not there", async () => {
  const without = await startTestApi({ ...api.environment, ADMIN_KEY: "" });
  const { json } = await without.call("GET", "/openapi.json", { key: null });
  await without.close();
  expect(json).toHaveProperty(["paths", "/v1/jobs"]);
  expect(JSON.stringify(json)).not.toContain("/v1/admin/");
});

describe("/docs", () => {
  const POLICY = "default-src 'none'; script-src 'self'; style-src 'self';";

  test("no key, no Redis -> 200, a page that loads nothing from elsewhere, nor may", async () => {
    const page = await get("/docs");
    expect(page.status).toBe(200);
    expect(page.headers["content-type"]).toMatch(/^text\/html\b/);
    expect(page.headers["content-security-policy"]).toContain(POLICY);
    expect(page.text).not.toMatch(/(?:src|href)="(?!\/docs\/)/);
    expect(page.text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  });

  test("whatever the page loads -> 200, from this server", async () => {
    const { text } = await get("/docs");
    const loaded = Array.from(text.matchAll(/(?:src|href)="([^"]+)"/g), ([, path = ""]) => path);
    expect(loaded.length).toBeGreaterThan(4);
    for (const path of loaded) expect(await get(path)).toMatchObject({ status: 200 });
    expect((await get("/docs/json")).json).toEqual((await get("/openapi.json")).json);
  });

  test("a file that is not there -> 404", async () => {
    expect(await get("/docs/static/nothing.js")).toBeProblem(404, "not_found");
    expect(await get("/docs/static/..%2f..%2fpackage.json")).toBeProblem(404, "not_found");
  });

  test("POST -> 405", async () => {
    expect(await api.call("POST", "/docs", { key: null })).toBeProblem(405, "method_not_allowed");
  });
});
