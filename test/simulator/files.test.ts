import { describe, expect, it } from "vitest";
import { readVideo } from "../../src/simulator/files.ts";
import { call, startSimulator, urlOf, type Client } from "./support.ts";

const video = readVideo();

describe("the video", () => {
  it("is an mp4 whose index comes before its data, so that it plays while it loads", () => {
    const boxes = boxesOf(video);
    expect(boxes[0]).toBe("ftyp");
    expect(boxes.indexOf("moov")).toBeLessThan(boxes.indexOf("mdat"));
    expect(video.length).toBeLessThan(16_384);
  });

  it("asked for -> all of it, as video/mp4", async () => {
    const url = await buyVideo(await startSimulator());
    const reply = await call(url);
    expect(reply).toMatchObject({
      status: 200,
      headers: {
        "content-type": "video/mp4",
        "accept-ranges": "bytes",
        "content-length": String(video.length),
      },
    });
    expect(reply.bytes.equals(video)).toBe(true);
  });

  it.each([
    ["bytes=0-99", 0, 99],
    ["bytes=100-", 100, video.length - 1],
    ["bytes=-50", video.length - 50, video.length - 1],
    ["bytes=9-9999999", 9, video.length - 1],
  ])("Range: %s -> 206 with bytes %i to %i", async (range, start, end) => {
    const reply = await call(await buyVideo(await startSimulator()), { headers: { range } });
    expect(reply).toMatchObject({
      status: 206,
      headers: { "content-range": `bytes ${start}-${end}/${video.length}` },
    });
    expect(reply.bytes.equals(video.subarray(start, end + 1))).toBe(true);
  });

  it("a range past the end -> 416; one that cannot be read -> all of it", async () => {
    const url = await buyVideo(await startSimulator());
    expect(await call(url, { headers: { range: "bytes=9999999-" } })).toMatchObject({
      status: 416,
      headers: { "content-range": `bytes */${video.length}` },
    });
    expect(await call(url, { headers: { range: "lines=1-2" } })).toMatchObject({ status: 200 });
  });
});

describe("the link", () => {
  it("looks presigned, and tells its own end", async () => {
    const url = new URL(await buyVideo(await startSimulator({ settings: { urlTtlS: 120 } })));
    expect(url.pathname).toMatch(/^\/files\/[0-9a-f]{32}\.mp4$/);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Date": "20260102T030406Z",
      "X-Amz-Expires": "120",
      "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("past its end -> 403, and a new look signs one that works", async () => {
    const client = await startSimulator({ settings: { urlTtlS: 120 } });
    const url = await buyVideo(client);
    client.advance(119_999);
    expect(await call(url)).toMatchObject({ status: 200 });
    client.advance(1);
    expect(await call(url)).toMatchObject({ status: 403, text: expect.stringContaining("AccessDenied") });
    const fresh = urlOf(await client.look(idOf(client)));
    expect(fresh).not.toBe(url);
    expect(await call(fresh)).toMatchObject({ status: 200 });
  });

  it("with the same-url switch -> every look gives the one that was signed at the end", async () => {
    const client = await startSimulator({ settings: { sameUrl: true, urlTtlS: 120 } });
    const url = await buyVideo(client);
    client.advance(120_000);
    expect(urlOf(await client.look(idOf(client)))).toBe(url);
    expect(await call(url)).toMatchObject({ status: 403 });
  });

  it.each(["X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature"])(
    "with another %s, or none -> 403",
    async (name) => {
      const url = new URL(await buyVideo(await startSimulator()));
      const expected = { status: 403, text: expect.stringContaining("SignatureDoesNotMatch") };
      url.searchParams.set(name, name === "X-Amz-Date" ? "20990102T030406Z" : "999999");
      expect(await call(url.href)).toMatchObject(expected);
      url.searchParams.delete(name);
      expect(await call(url.href)).toMatchObject(expected);
    },
  );

  it("to another file -> 404", async () => {
    const url = await buyVideo(await startSimulator());
    expect(await call(url.replace(/[0-9a-f]{32}\.mp4/, "nothing.mp4"))).toMatchObject({ status: 404 });
  });
});

async function buyVideo(client: Client): Promise<string> {
  const taskId = await client.buy("a cat [[sim:gen=1000]]");
  client.advance(1_000);
  return urlOf(await client.look(taskId));
}

function idOf({ simulator }: Client): string {
  return simulator.ledger.tasks[0]?.id ?? "";
}

/** Names the boxes of the outermost level: each starts with its length and its name, four bytes each. */
function boxesOf(mp4: Buffer): string[] {
  const names = [];
  for (let at = 0; at < mp4.length; at += mp4.readUInt32BE(at))
    names.push(mp4.toString("latin1", at + 4, at + 8));
  return names;
}
