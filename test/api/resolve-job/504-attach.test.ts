// POST /v1/jobs/{id}/resolve with attach, when Novita cannot be asked in time.
import { expect, test } from "vitest";
import type { LookOutcome } from "../../../src/worker/novita/classify.ts";
import { readyApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { running } from "../../support/novita.ts";
import { answerLooks, forgetInquiry, unavailable } from "../../support/polling.ts";
import { makeJobIn, recordOf, statusOf } from "../support.ts";
import { attach, missing, TASK } from "./attach.ts";

test.each<[string, LookOutcome]>([
  ["does not answer", unavailable],
  ["answers with a status that it does not document", running({ known: false })],
])(
  "Novita %s -> 504 with Retry-After and the advice to repeat; the job stays unconfirmed",
  async (_name, look) => {
    const api = await readyApi();
    const novita = answerLooks(api, look);
    const id = await makeJobIn(api, "unconfirmed");
    const answer = await attach(api, id);
    expect(answer).toBeProblem(504, "upstream_unavailable");
    expect(answer.headers["retry-after"]).toBe("30");
    expect(answer.json).toMatchObject({ job_id: id, job_status: "unconfirmed" });
    expect(answer.json["detail"]).toMatch(/Nothing has been changed.*Repeat/);
    expect(await recordOf(api, id)).toMatchObject({ status: "unconfirmed", tasks: [] });
    expect(await attach(api, id)).toBeProblem(504, "upstream_unavailable");
    expect(novita.looks).toEqual([TASK]);
  },
);

test("no worker looks within ten seconds -> 504 that says that it may attach yet, and so it does", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  const answer = await attach(api, id);
  expect(answer).toBeProblem(504, "upstream_unavailable");
  expect(answer.json["detail"]).toMatch(/attached all the same\. Repeat/);
  expect(answer.json["detail"]).not.toContain("Nothing has been changed");
  answerLooks(api, running());
  await eventually(async () => expect(await statusOf(api, id)).toBe("processing"));
});

test("another task less than 30 s after the first -> 504 and no look; afterwards it is asked about", async () => {
  const api = await readyApi();
  const novita = answerLooks(api, missing, running());
  const id = await makeJobIn(api, "unconfirmed");
  expect((await attach(api, id, { task_id: "mistyped" })).status).toBe(422);
  const answer = await attach(api, id);
  expect(answer).toBeProblem(504, "upstream_unavailable");
  expect(answer.json["detail"]).toContain("once in 30 s");
  expect(novita.looks).toEqual(["mistyped"]);
  await forgetInquiry(api, id);
  expect((await attach(api, id)).status).toBe(200);
});
