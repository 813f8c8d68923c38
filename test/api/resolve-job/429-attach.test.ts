// POST /v1/jobs/{id}/resolve with attach by an operator who has very many waits and streams open already.
import { expect, test } from "vitest";
import { MAX_WATCHES } from "../../../src/api/watch/changes.ts";
import { running } from "../../support/novita.ts";
import { answerLooks } from "../../support/polling.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { makeJobIn, recordOf } from "../support.ts";
import { attach } from "./attach.ts";

const open = async (owner: string) => {
  const api = await openWatchedApi();
  for (let n = 0; n < MAX_WATCHES; n++) api.changes.watchJob("job_elsewhere", owner);
  const novita = answerLooks(api, running());
  return { api, novita, id: await makeJobIn(api, "unconfirmed") };
};

test("the operator's are all open -> 429, and Novita is not asked: nothing is attached later", async () => {
  const { api, novita, id } = await open("*");
  const before = await recordOf(api, id);
  expect(await attach(api, id)).toBeProblem(429, "too_many_open");
  expect(await recordOf(api, id)).toEqual(before);
  expect(novita.looks).toEqual([]);
});

test("a tenant's are all open -> the operator attaches", async () => {
  const { api, id } = await open("acme");
  expect((await attach(api, id)).json).toMatchObject({ id, status: "processing" });
});
