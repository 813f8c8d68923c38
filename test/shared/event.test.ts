import { describe, expect, test } from "vitest";

import {
  defaultEvents,
  eventFilters,
  eventTypes,
  makeEvent,
  ownTarget,
  wantsEvent,
} from "../../src/shared/webhook/event.ts";
import { toWire } from "../../src/shared/wire.ts";
import { newJob, newRequest, NOON } from "../support/job.ts";

describe("an event's body", () => {
  const job = newJob(NOON, { id: "job_1", tenant: "acme", version: 3 });
  const event = makeEvent("job.failed", job, NOON + 1, "https://api.example");

  test("made -> Standard Webhooks' shape, with the id that deliveries are known by", () => {
    expect(event).toMatchObject({ type: "job.failed", jobId: "job_1", tenant: "acme", at: NOON + 1 });
    expect(event.id).toMatch(/^evt_[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(JSON.parse(event.body)).toMatchObject({
      type: "job.failed",
      id: event.id,
      timestamp: "2026-01-02T12:00:00.001Z",
    });
  });

  test("the job in it -> job out, without the input", () => {
    const { input, ...rest } = toWire(job, "https://api.example");
    expect(JSON.parse(event.body).data).toEqual({ job: rest });
    expect(event.body).not.toContain(String(input["prompt"]));
  });

  test("made twice -> two ids", () => {
    expect(makeEvent("job.failed", job, NOON, null).id).not.toBe(event.id);
  });
});

describe("a filter", () => {
  test("none -> the default events, and nothing that comes on request only", () => {
    expect(eventTypes.filter((type) => wantsEvent(null, type))).toEqual([...defaultEvents]);
    expect([...defaultEvents]).toEqual([
      "job.succeeded",
      "job.failed",
      "job.canceled",
      "job.expired",
      "job.unconfirmed",
      "job.recovered",
    ]);
  });

  test("job.* -> every event", () => {
    expect(eventTypes.filter((type) => wantsEvent(["job.*"], type))).toEqual([...eventTypes]);
  });

  test("job.succeeded -> job.recovered too", () => {
    expect(eventTypes.filter((type) => wantsEvent(["job.succeeded"], type))).toEqual([
      "job.succeeded",
      "job.recovered",
    ]);
  });

  test.each(eventTypes.filter((type) => type !== "job.succeeded"))("%s -> that one alone", (name) => {
    expect(eventTypes.filter((type) => wantsEvent([name], type))).toEqual([name]);
  });

  test("what a filter may name -> each event, and all of them", () => {
    expect([...eventFilters]).toEqual([...eventTypes, "job.*"]);
  });
});

describe("the job's own webhook", () => {
  const url = "https://hooks.example/";
  const withWebhook = (events: string[] | null) =>
    newJob(NOON, { request: newRequest({ webhook: { url, events } }) });

  test("none -> nowhere", () => {
    expect(ownTarget(newJob(NOON), "job.succeeded")).toBeNull();
  });

  test("it wants the event -> its address; else nowhere", () => {
    expect(ownTarget(withWebhook(null), "job.succeeded")).toBe(url);
    expect(ownTarget(withWebhook(null), "job.progress")).toBeNull();
    expect(ownTarget(withWebhook(["job.progress"]), "job.progress")).toBe(url);
    expect(ownTarget(withWebhook(["job.progress"]), "job.succeeded")).toBeNull();
  });
});
