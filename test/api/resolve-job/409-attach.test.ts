// POST /v1/jobs/{id}/resolve with attach, of a job or a task that does not allow it.
import { expect, test } from "vitest";
import { note } from "../../../src/shared/change.ts";
import { readyApi } from "../../support/api.ts";
import { newTask } from "../../support/job.ts";
import { running } from "../../support/novita.ts";
import { answerLooks } from "../../support/polling.ts";
import { asOperator, makeJobIn, recordOf, type Status, takeTo } from "../support.ts";
import { attach, audited, TASK } from "./attach.ts";

const others: Status[] = ["queued", "submitting", "processing", "succeeded", "failed", "canceled", "expired"];

test.each(others)("%s -> 409 with its status, and nobody is asked", async (status) => {
  const api = await readyApi();
  const id = await makeJobIn(api, status);
  const before = await recordOf(api, id);
  const answer = await attach(api, id);
  expect(answer).toBeProblem(409, "conflict");
  expect(answer.json).toMatchObject({ job_id: id, job_status: status });
  expect(await recordOf(api, id)).toEqual(before);
});

test("a queued job while submissions are open -> 409 that says to pause them first: it might be bought meanwhile", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "queued");
  expect((await attach(api, id)).json["detail"]).toContain("pause submissions first");
});

test("a queued job that another attempt was expected of -> 409, and nobody is asked", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "queued");
  await asOperator(api, "POST", "/v1/admin/submissions/pause");
  expect(await attach(api, id, { attempt: 1 })).toBeProblem(409, "conflict");
  expect((await recordOf(api, id)).inquiry).toBeNull();
});

test("a queued job, and submissions are resumed while Novita is asked, so that it begins -> 409, and the task is nobody's", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "queued");
  await asOperator(api, "POST", "/v1/admin/submissions/pause");
  const novita = answerLooks(api, running());
  const look = novita.look.bind(novita);
  novita.look = async (taskId) => {
    await takeTo(api, id, "submitting");
    return look(taskId);
  };
  const answer = await attach(api, id);
  expect(answer).toBeProblem(409, "conflict");
  expect(answer.json).toMatchObject({ job_status: "submitting" });
  expect(await recordOf(api, id)).toMatchObject({ status: "submitting", tasks: [] });
});

test("another attempt than the present one -> 409, and nobody is asked", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  const answer = await attach(api, id, { attempt: 2 });
  expect(answer).toBeProblem(409, "conflict");
  expect(answer.json).toMatchObject({
    job_status: "unconfirmed",
    detail: expect.stringContaining("attempt 1"),
  });
  expect((await recordOf(api, id)).inquiry).toBeNull();
});

test("a task that another job has -> 409 that names it; both jobs stay as they are", async () => {
  const api = await readyApi();
  answerLooks(api, running());
  const owner = await makeJobIn(api, "unconfirmed");
  expect((await attach(api, owner)).status).toBe(200);
  const id = await makeJobIn(api, "unconfirmed");
  const answer = await attach(api, id);
  expect(answer).toBeProblem(409, "conflict");
  expect(answer.json).toMatchObject({
    job_id: id,
    job_status: "unconfirmed",
    detail: expect.stringContaining(owner),
  });
  expect(await recordOf(api, id)).toMatchObject({ status: "unconfirmed", tasks: [] });
  expect(await recordOf(api, owner)).toMatchObject({ status: "processing", tasks: [{ id: TASK }] });
  expect(await audited(api)).toHaveLength(1);
});

test("two jobs want one task at once -> one has it, the other is told", async () => {
  const api = await readyApi();
  answerLooks(api, running());
  const ids = [await makeJobIn(api, "unconfirmed"), await makeJobIn(api, "unconfirmed")];
  const answers = await Promise.all(ids.map((id) => attach(api, id)));
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409]);
  expect(await audited(api)).toHaveLength(1);
});

test("a task that the job has from an attempt before -> 409, and nobody is asked", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  const tasks = [newTask(Date.now(), { id: TASK, state: "failed", watched: false })];
  await api.ledger.jobs.changeJob(id, (job) => note(job, { tasks }, null));
  const answer = await attach(api, id);
  expect(answer).toBeProblem(409, "conflict");
  expect(answer.json["detail"]).toContain("attempt before");
  expect((await recordOf(api, id)).inquiry).toBeNull();
});

test("the job is canceled while Novita is asked -> 409 with its status, and the task is nobody's", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  const novita = answerLooks(api, running());
  const look = novita.look.bind(novita);
  novita.look = async (taskId) => {
    await api.call("POST", `/v1/jobs/${id}/cancel`);
    return look(taskId);
  };
  const answer = await attach(api, id);
  expect(answer).toBeProblem(409, "conflict");
  expect(answer.json).toMatchObject({ job_status: "canceled" });
  expect(await recordOf(api, id)).toMatchObject({ status: "canceled", tasks: [] });
  expect(await audited(api)).toEqual([]);
});
