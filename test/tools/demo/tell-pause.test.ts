// A demo on an installation that is paused says so, and how to resume.
import { expect, test } from "vitest";
import { tellPause } from "../../../tools/demo/tell-pause.ts";
import { newCredentials } from "../../../tools/demo/credentials.ts";
import { asOperator } from "../../api/support.ts";
import { ADMIN, readyApi } from "../../support/api.ts";

async function startPaused(isPaused: boolean) {
  const api = await readyApi();
  const body = { reason: "restored from a dump" };
  if (isPaused) await asOperator(api, "POST", "/v1/admin/submissions/pause", { body });
  const said: string[] = [];
  const screen = { say: (text = "") => void said.push(text) };
  const subject = { apiUrl: api.url, credentials: { ...newCredentials(), adminKey: ADMIN } };
  return { api, said, tell: (isOnce: boolean) => tellPause(screen, subject, isOnce) };
}

test("open -> nothing is said", async () => {
  const { said, tell } = await startPaused(false);
  await tell(true);
  expect(said).toEqual([]);
});

test("paused -> by whom, why, and the command that resumes", async () => {
  const { api, said, tell } = await startPaused(true);
  await tell(false);
  const text = said.join("\n");
  expect(text).toContain("paused by operator, so nothing is bought. restored from a dump");
  expect(text).toContain(
    `curl -X POST -H "Authorization: Bearer ${ADMIN}" ${api.url}/v1/admin/submissions/resume`,
  );
});

test("paused, with --once -> fails, with the reason", async () => {
  const { tell } = await startPaused(true);
  await expect(tell(true)).rejects.toThrow(/paused by operator.*restored from a dump.*without --once/);
});
