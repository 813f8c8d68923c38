// The demo's caller in containers, where it is not told what it must know. That it does its work is in image.test.ts.
import { describe, expect, test } from "vitest";
import { run } from "./support/run.ts";

const ENV = {
  API_URL: "http://127.0.0.1:1",
  API_KEYS: "demo:any",
  NOVITA_BASE_URL: "http://127.0.0.1:2",
  SIMULATOR_URL: "http://127.0.0.1:2",
  RECEIVER_URL: "http://127.0.0.1:3",
};

const runDemo = (env: Record<string, string>) => run([process.execPath, "deploy/demo.ts", "--once"], { env });

describe("deploy/demo.ts", () => {
  test("no variables -> all that are missing, one a line, exit code 78", async () => {
    expect(await runDemo({})).toEqual({
      code: 78,
      output: `The demo cannot go on: API_URL is required
  API_KEYS is required
  SIMULATOR_URL is required
  RECEIVER_URL is required
`,
    });
  });

  test("variables that Compose found empty -> named too, exit code 78", async () => {
    expect(await runDemo({ ...ENV, API_KEYS: "", API_URL: "" })).toEqual({
      code: 78,
      output: "The demo cannot go on: API_URL is required\n  API_KEYS must be tenant:key\n",
    });
  });

  test.each([
    { where: "empty, as Compose passes what is not set", env: { ...ENV, NOVITA_BASE_URL: "" } },
    { where: "Novita's own", env: { ...ENV, NOVITA_BASE_URL: "https://api.novita.ai" } },
  ])("NOVITA_BASE_URL is $where -> posts nothing, says why, exit code 78", async ({ env }) => {
    expect(await runDemo(env)).toEqual({
      code: 78,
      output: expect.stringMatching(/^The demo cannot go on: it would buy videos\. .*NOVITA_BASE_URL/),
    });
  });

  test("an API that is not there -> no fault of the configuration: exit code 1", async () => {
    expect(await runDemo(ENV)).toEqual({
      code: 1,
      output: expect.stringMatching(/^The demo cannot go on: .*ECONNREFUSED/),
    });
  });
});
