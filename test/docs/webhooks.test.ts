// What docs/webhooks.md says in figures, codes and shapes is what the product does.
import { describe, expect, test } from "vitest";
import { workerVariables } from "../../src/shared/config/worker-variables.ts";
import type { DeliveryEnd } from "../../src/shared/delivery.ts";
import {
  defaultEvents,
  endpointEvents,
  eventTypes,
  makeEvent,
  testEvent,
} from "../../src/shared/webhook/event.ts";
import { SEND_ERRORS } from "../../src/worker/send-error.ts";
import { newJob, NOON } from "../support/job.ts";
import { blocksOf, proseOf, readText, rowsUnder } from "./support/page.ts";

const PAGE = "docs/webhooks.md";

/** The first cells of a table, where they are code. */
const namesUnder = (heading: string, nth = 0): string[] =>
  rowsUnder(PAGE, heading, nth).flatMap(([name = ""]) => (/^`[^`]+`$/.test(name) ? [name.slice(1, -1)] : []));

/** `1 h 35 min 5 s`, as the page writes it; without the parts that are 0. */
function inWords(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  return parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count} ${unit}`])).join(" ");
}

describe("docs/webhooks.md", () => {
  test("retries -> has a row for each attempt of the default schedule, with its wait and its time", () => {
    const schedule = workerVariables.WEBHOOK_RETRY_SCHEDULE.parse(undefined);
    const rows = rowsUnder(PAGE, "## Retries").filter(([attempt = ""]) => /^\d+$/.test(attempt));
    const sums = schedule.map((_wait, n) => schedule.slice(0, n + 1).reduce((sum, wait) => sum + wait, 0));
    expect(rows).toEqual([
      ["1", "", "at once", "at once"],
      ...schedule.map((wait, n) => {
        const earliest = sums[n] ?? 0;
        return [String(n + 2), inWords(wait), inWords(earliest), inWords(Math.floor(earliest * 1.2))];
      }),
    ]);
  });

  test("error codes -> each that an attempt may end with has a row", () => {
    // An attempt that never got past our own proxy is no attempt.
    const { egress_error: _ours, ...codes } = SEND_ERRORS;
    expect(namesUnder("## Retries", 1).sort()).toEqual(Object.keys(codes).sort());
  });

  test("last errors -> each way to end without an attempt has a row", () => {
    const ends: Record<DeliveryEnd, true> = {
      endpoint_disabled: true,
      endpoint_deleted: true,
      erased: true,
      event_gone: true,
      destination_down: true,
    };
    expect(namesUnder("## Retries", 2).sort()).toEqual(Object.keys(ends).sort());
  });

  test("events -> each has a row, and says whether it is sent by default", () => {
    const byDefault = rowsUnder(PAGE, "## What arrives", 1).flatMap(([name = "", , sent = ""]) =>
      sent.includes("by default") ? [name.slice(1, -1)] : [],
    );
    expect(namesUnder("## What arrives", 1)).toEqual([...eventTypes, ...endpointEvents, testEvent]);
    expect(byDefault).toEqual([...defaultEvents, ...endpointEvents]);
  });

  test("isolation -> its figures are those of the script", () => {
    const script = readText("src/shared/store/lua/places.lua");
    const figure = (name: string) => Number(new RegExp(`^local ${name} = ([0-9.]+)$`, "m").exec(script)?.[1]);
    const [, section = ""] = proseOf(PAGE)
      .replaceAll(/\s+/g, " ")
      .split("## A slow receiver holds up nobody else");
    for (const words of [
      `At most ${figure("FIRST_CAP")} of a destination`,
      `${figure("TENANT_SHARE") * 100} % of what the workers can do`,
      `After ${figure("ROW_TO_OPEN")} failures in a row`,
      `left alone for ${figure("FIRST_OPEN_MS") / 1000} s`,
    ]) {
      expect(section).toContain(words);
    }
    expect(figure("LONGEST_OPEN_MS")).toBe(600_000);
  });

  test("event.json -> has the members of a real event, in their order", () => {
    const video = { url: "https://…", type: "mp4", expiresAt: NOON, taskId: "task_1" };
    const { body } = makeEvent("job.succeeded", newJob(NOON, { status: "succeeded", video }), NOON, null);
    const sample = blocksOf(PAGE).find(({ file }) => file === "event.json");
    expect(shapeOf(JSON.parse(sample?.code ?? ""))).toEqual(shapeOf(JSON.parse(body)));
  });
});

/** The names of an object's members, and of theirs; but `metadata` is the caller's own. */
const shapeOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).map(([name, member]) => (name === "metadata" ? name : [name, shapeOf(member)]))
    : null;
