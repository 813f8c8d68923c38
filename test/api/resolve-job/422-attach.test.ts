// POST /v1/jobs/{id}/resolve with attach, of a task that is none.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { running } from "../../support/novita.ts";
import { answerLooks } from "../../support/polling.ts";
import { faultsOf, makeJobIn, recordOf, statusOf } from "../support.ts";
import { attach, missing, TASK } from "./attach.ts";

test.each<[string, object, string[]]>([
  ["no task_id", { task_id: undefined }, ["/task_id"]],
  ["a task_id that is null", { task_id: null }, ["/task_id"]],
  ["a number", { task_id: 7 }, ["/task_id"]],
  ["an empty one", { task_id: "" }, ["/task_id"]],
  ["129 characters", { task_id: "t".repeat(129) }, ["/task_id"]],
  ["a line break at its end", { task_id: `${TASK}\n` }, ["/task_id"]],
  ["spaces", { task_id: "two words" }, ["/task_id"]],
  ["other letters than ASCII's", { task_id: "täsk" }, ["/task_id"]],
  ["an unknown field", { why: "x" }, ["/why"]],
  ["several faults", { task_id: " ", attempt: 0, why: "x" }, ["/attempt", "/task_id", "/why"]],
  ["a task_id with another action", { action: "fail" }, ["/task_id"]],
  ["a task_id with no action", { action: undefined, attempt: 0 }, ["/action", "/attempt"]],
])("%s -> 422 at the place, and nobody is asked", async (_name, fields, pointers) => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  const faults = faultsOf(await attach(api, id, fields));
  expect(faults.map(({ pointer }) => pointer).sort()).toEqual(pointers);
  expect(await recordOf(api, id)).toMatchObject({ status: "unconfirmed", inquiry: null });
});

test("128 characters -> understood", async () => {
  const api = await readyApi();
  answerLooks(api, running());
  const id = await makeJobIn(api, "unconfirmed");
  expect((await attach(api, id, { task_id: "t".repeat(128) })).status).toBe(200);
});

test("a task that Novita does not know -> 422 at /task_id, for all who ask within 30 s; the job stays unconfirmed", async () => {
  const api = await readyApi();
  const novita = answerLooks(api, missing);
  const id = await makeJobIn(api, "unconfirmed");
  for (let n = 0; n < 2; n++) {
    const answer = await attach(api, id);
    expect(faultsOf(answer)).toEqual([{ pointer: "/task_id", detail: "Novita knows no such task." }]);
    expect(answer.json).toMatchObject({ job_id: id });
  }
  expect(novita.looks).toEqual([TASK]);
  expect(await statusOf(api, id)).toBe("unconfirmed");
});

test("the key of an attachment with another body -> 422", async () => {
  const api = await readyApi();
  answerLooks(api, running());
  const id = await makeJobIn(api, "unconfirmed");
  const headers = { "idempotency-key": "k" };
  expect((await attach(api, id, {}, { headers })).status).toBe(200);
  const other = await attach(api, id, { task_id: "another" }, { headers });
  expect(other).toBeProblem(422, "idempotency_key_reused");
});

test("a key that came with another decision before -> 422 before anybody is asked", async () => {
  const api = await readyApi();
  const novita = answerLooks(api, running());
  const id = await makeJobIn(api, "unconfirmed");
  const headers = { "idempotency-key": "k" };
  const fail = { action: "fail", task_id: undefined };
  expect((await attach(api, id, fail, { headers })).status).toBe(200);
  expect(await attach(api, id, {}, { headers })).toBeProblem(422, "idempotency_key_reused");
  expect(novita.looks).toEqual([]);
});
