// GET /v1/jobs/{id}/video: a redirect to a link that works now.
import { describe, expect, test } from "vitest";
import { ACME_SECOND, ADMIN, readyApi } from "../../support/api.ts";
import { answerLooks, forgetInquiry } from "../../support/polling.ts";
import { call } from "../../simulator/support.ts";
import { recordOf, statusOf } from "../support.ts";
import { HOUR_MS } from "../../support/job.ts";
import { foundFor, getVideo, makeSimulated, makeVideo, NEW_URL, OLD_URL } from "./support.ts";

describe("a link that works", () => {
  test.each([
    ["for an hour", HOUR_MS],
    ["for a little more than a minute", 90_000],
    ["as long as nobody knows", null],
  ])("%s -> 302 to it, not to be cached, and Novita is not asked", async (_name, ms) => {
    const api = await readyApi();
    const novita = answerLooks(api, foundFor(HOUR_MS));
    const id = await makeVideo(api, ms);
    const before = await recordOf(api, id);
    const answer = await getVideo(api, id);
    expect(answer).toMatchObject({
      status: 302,
      text: "",
      headers: { location: OLD_URL, "cache-control": "no-store" },
    });
    expect(novita.looks).toEqual([]);
    expect(await recordOf(api, id)).toEqual(before);
  });

  test.each([
    ["another key of the tenant", ACME_SECOND],
    ["the operator's key", ADMIN],
  ])("by %s -> 302", async (_name, key) => {
    const api = await readyApi();
    const id = await makeVideo(api, HOUR_MS);
    expect((await getVideo(api, id, "", { key })).headers["location"]).toBe(OLD_URL);
  });

  test("?redirect=true -> 302; HEAD -> 302", async () => {
    const api = await readyApi();
    const id = await makeVideo(api, HOUR_MS);
    expect((await getVideo(api, id, "?redirect=true")).status).toBe(302);
    const head = await api.call("HEAD", `/v1/jobs/${id}/video`);
    expect(head).toMatchObject({ status: 302, headers: { location: OLD_URL } });
  });

  test("that no header could carry -> 302 to the same place", async () => {
    const api = await readyApi();
    const id = await makeVideo(api, HOUR_MS);
    const url = "https://files.example.com/größe.mp4?sig=1";
    await api.ledger.jobs.changeJob(id, (job) => ({
      transition: null,
      job: { ...job, version: job.version + 1, video: job.video && { ...job.video, url } },
      fact: null,
      event: null,
    }));
    const { headers } = await getVideo(api, id);
    expect(headers["location"]).toBe("https://files.example.com/gr%C3%B6%C3%9Fe.mp4?sig=1");
  });
});

describe("a link that is dead, or dies within the minute", () => {
  test.each([
    ["dead", -1],
    ["about to die", 45_000],
  ])("%s -> one look, and 302 to the new one, which the record has from then on", async (_name, ms) => {
    const api = await readyApi();
    const novita = answerLooks(api, foundFor(HOUR_MS));
    const id = await makeVideo(api, ms);
    const before = await recordOf(api, id);
    const answer = await getVideo(api, id);
    expect(answer).toMatchObject({
      status: 302,
      headers: { location: NEW_URL, "cache-control": "no-store" },
    });
    expect(novita.looks).toEqual(["task-1"]);
    const after = await recordOf(api, id);
    expect(after).toMatchObject({
      status: "succeeded",
      video: { url: NEW_URL, taskId: "task-1" },
      polls: before.polls + 1,
      finishedAt: before.finishedAt,
      tasks: before.tasks,
    });
    const facts = await api.ledger.redis.xrange(api.ledger.keys.history(id), "-", "+");
    expect(facts.at(-1)?.[1]).toContain("video_refreshed");
    expect(JSON.stringify(facts)).not.toContain(NEW_URL);
    expect(api.logs.named("job.asked")).toMatchObject([{ job_id: id, about: "video", task_id: "task-1" }]);
    expect((await getVideo(api, id)).headers["location"]).toBe(NEW_URL);
    expect(novita.looks).toHaveLength(1);
  });

  test("50 callers at once -> 302 each, to the same link, and one look", async () => {
    const api = await readyApi();
    const novita = answerLooks(api, foundFor(HOUR_MS), foundFor(HOUR_MS, `${NEW_URL}&n=2`));
    const id = await makeVideo(api, -1);
    const answers = await Promise.all(Array.from({ length: 50 }, () => getVideo(api, id)));
    expect(answers.map(({ status, headers }) => [status, headers["location"]])).toEqual(
      answers.map(() => [302, NEW_URL]),
    );
    expect(novita.looks).toEqual(["task-1"]);
    expect(api.logs.named("job.asked")).toHaveLength(1);
  });

  test("links that never live for a minute -> one look in 30 s: the last answer does until then", async () => {
    const api = await readyApi();
    const novita = answerLooks(api, foundFor(40_000), foundFor(40_000, `${NEW_URL}&n=2`));
    const id = await makeVideo(api, -1);
    const ask = async () => (await getVideo(api, id)).headers["location"];
    expect([await ask(), await ask()]).toEqual([NEW_URL, NEW_URL]);
    expect(novita.looks).toHaveLength(1);
    await forgetInquiry(api, id);
    expect(await ask()).toBe(`${NEW_URL}&n=2`);
    expect(novita.looks).toHaveLength(2);
  });

  test("of a canceled job whose paid video was kept -> refreshed like any other, and canceled it stays", async () => {
    const api = await readyApi();
    answerLooks(api, foundFor(HOUR_MS));
    const id = await makeVideo(api, -1);
    await api.ledger.jobs.changeJob(id, (job) => ({
      transition: null,
      job: { ...job, status: "canceled", cancelRequestedAt: job.createdAt, version: job.version + 1 },
      fact: null,
      event: null,
    }));
    expect((await getVideo(api, id)).headers["location"]).toBe(NEW_URL);
    expect(await statusOf(api, id)).toBe("canceled");
  });

  test("of two tasks that have succeeded -> the one whose video it is is asked", async () => {
    const api = await readyApi();
    const novita = answerLooks(api, foundFor(HOUR_MS));
    const id = await makeVideo(api, -1);
    await api.ledger.jobs.changeJob(id, (job) => ({
      transition: null,
      job: {
        ...job,
        version: job.version + 1,
        tasks: [...job.tasks, ...job.tasks.map((task) => ({ ...task, id: "task-2" }))],
        video: job.video && { ...job.video, taskId: "task-2" },
      },
      fact: null,
      event: null,
    }));
    await getVideo(api, id);
    expect(novita.looks).toEqual(["task-2"]);
    expect((await recordOf(api, id)).video).toMatchObject({ url: NEW_URL, taskId: "task-2" });
  });
});

test("two hours after the video was made, by the simulator and Novita's client -> the record's link is dead, the new one plays", async () => {
  const api = await readyApi();
  const { id, simulator } = await makeSimulated(api);
  const old = (await recordOf(api, id)).video?.url ?? "";
  expect((await call(old)).status).toBe(403);
  const answer = await getVideo(api, id);
  expect(answer.status).toBe(302);
  const file = await call(String(answer.headers["location"]));
  expect(file).toMatchObject({ status: 200, headers: { "content-type": "video/mp4" } });
  expect(simulator.ledger.counters).toMatchObject({ submits: 1, looks: 2 });
});
