// The ready-made commands, pasted into a shell whose curl only tells how it was called.
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { commandLines, type Places } from "../../../tools/demo/commands.ts";
import { widthOf } from "../../../tools/demo/text.ts";

const CURL = "curl() { printf '%s\\n' \"$@\" --; }";
const places: Places = {
  apiUrl: "http://127.0.0.1:3000",
  workerUrl: "http://127.0.0.1:3001",
  simulatorUrl: "http://127.0.0.1:4010",
  credentials: { apiKey: "demo_0123456789abcdefghijABCDEFGHIJ__" },
  receiver: { url: "http://127.0.0.1:4011" },
};
const JOB = "job_01M81TEQ8P0CEQ5QQC58AP0VRQ";
const API = `${places.apiUrl}/v1/jobs`;
const AUTH = ["-H", `Authorization: Bearer ${places.credentials.apiKey}`];
const TYPE = ["-H", "Content-Type: application/json"];

test("the commands in a shell -> the requests that the words before them name", () => {
  const body = {
    webhook: { url: "http://127.0.0.1:4011/" },
    input: { prompt: "A cat on skates", size: "1280*720", duration: 2 },
  };
  expect(callsOf([])).toEqual([
    [...AUTH, `${API}/${JOB}`],
    [...AUTH, "-N", `${API}/${JOB}`, "-H", "Accept: text/event-stream"],
    [...AUTH, "-L", `${API}/${JOB}/video`, "-o", "video.mp4"],
    [
      ...AUTH,
      API,
      ...TYPE,
      "-d",
      expect.toSatisfy((text) => JSON.stringify(JSON.parse(text)) === JSON.stringify(body)),
    ],
    [...AUTH, `${places.apiUrl}/v1/webhook-endpoints`, ...TYPE, "-d", '{"url":"http://127.0.0.1:4011/all"}'],
    [`${places.apiUrl}/metrics`],
    [`${places.workerUrl}/metrics`],
  ]);
});

test.each([[["job_1"]], [["job_1", "job_2", "job_3"]]])(
  "jobs %j are unconfirmed -> each is resolved",
  (ids) => {
    const resolved = callsOf(ids).filter((call) => call.some((word) => word.endsWith("/resolve")));
    expect(resolved).toEqual(
      ids.map((id) => [...AUTH, `${API}/${id}/resolve`, ...TYPE, "-d", '{"action":"fail"}']),
    );
  },
);

test("on a terminal of 80 columns -> no command is broken", () => {
  const widths = commandLines(places, { jobId: JOB, unconfirmed: [JOB, JOB] }).map(widthOf);
  expect(Math.max(...widths)).toBeLessThanOrEqual(80);
});

test("with the real Novita -> it is said that another video is bought", () => {
  const lines = commandLines({ ...places, simulatorUrl: null }, { jobId: JOB, unconfirmed: [] });
  expect(lines.map(textOf).join("\n")).toContain("post one of your own (this buys another video)");
});

/** The words between the commands are for people: they are dim, and left out. */
function callsOf(unconfirmed: string[]): string[][] {
  const lines = commandLines(places, { jobId: JOB, unconfirmed }).filter(
    ([piece]) => typeof piece === "string",
  );
  const script = [CURL, ...lines.map(textOf)].join("\n");
  const output = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });
  return joinBodies(
    output
      .split("\n--\n")
      .slice(0, -1)
      .map((call) => call.split("\n")),
  );
}

/** A body may go over several lines. */
const joinBodies = (calls: string[][]): string[][] =>
  calls.map((words) => {
    const at = words.indexOf("-d") + 1;
    return at === 0 ? words : [...words.slice(0, at), words.slice(at).join("\n")];
  });

const textOf = (line: ReturnType<typeof commandLines>[number]): string =>
  line.map((piece) => (typeof piece === "string" ? piece : piece[0])).join("");
