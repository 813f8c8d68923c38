// POST /v1/jobs/{id}/resolve with what is the operator's alone.
import { expect, test } from "vitest";
import { ACME, GLOBEX, readyApi } from "../../support/api.ts";
import { running } from "../../support/novita.ts";
import { answerLooks } from "../../support/polling.ts";
import { makeJobIn, recordOf } from "../support.ts";
import { attach } from "./attach.ts";

test("attach by the job's own tenant -> 403 that says why, and nobody is asked", async () => {
  const api = await readyApi();
  const novita = answerLooks(api, running());
  const id = await makeJobIn(api, "unconfirmed");
  const answer = await attach(api, id, {}, { key: ACME });
  expect(answer).toBeProblem(403, "forbidden");
  expect(answer.json["detail"]).toContain("All tenants share one Novita key");
  expect(await recordOf(api, id)).toMatchObject({ status: "unconfirmed", inquiry: null });
  expect(novita.looks).toEqual([]);
});

test("attach by another tenant -> 404: the job does not exist for it", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  expect(await attach(api, id, {}, { key: GLOBEX })).toBeProblem(404, "not_found");
});
