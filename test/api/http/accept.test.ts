// Which form of a job an Accept header asks for.
import { describe, expect, test } from "vitest";
import { prefersEvents } from "../../../src/api/http/accept.ts";

describe("events", () => {
  test.each([
    "text/event-stream",
    "TEXT/Event-Stream",
    "text/event-stream; charset=utf-8",
    "text/event-stream;q=0.1",
    "text/event-stream, application/json;q=0.9",
    "application/json;q=0.5,text/event-stream;q=0.501",
    "text/event-stream, */*",
    "text/event-stream, application/*",
    "text/event-stream, */*;q=0.1",
    "text/html, text/event-stream",
    "text/*",
    "text/event-stream ; q=1.000 , application/json ; q=0.999",
    "application/json;q=0, */*",
  ])("%s", (header) => {
    expect(prefersEvents(header)).toBe(true);
  });
});

describe("JSON", () => {
  test.each([
    undefined,
    "",
    "*/*",
    "application/json",
    "application/*",
    "application/json, text/event-stream",
    "text/event-stream, application/json",
    "text/event-stream;q=0.9, application/json",
    "text/event-stream;q=0.9, */*",
    "text/event-stream;q=0",
    "text/event-stream;q=0.000",
    "text/event-stream;q=0, text/*",
    "text/event-stream;q=0, */*",
    "text/event-stream;q=2",
    "text/event-stream;q=nonsense",
    "text/event-stream;q=-1",
    "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8",
    "image/png",
    'x="text/event-stream"',
    "text/event-stream-x",
    ",,;;",
  ])("%s", (header) => {
    expect(prefersEvents(header)).toBe(false);
  });
});
