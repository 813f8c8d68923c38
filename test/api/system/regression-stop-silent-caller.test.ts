// A connection on which nothing has come yet does not count as idle to Node: the process waited for a request on it for up
// to 45 seconds before it stopped.
import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { openWatchedApi } from "../../support/watched-api.ts";

test(
  "somebody has connected and said nothing -> the process stops without them",
  { timeout: 10_000 },
  async () => {
    const api = await openWatchedApi();
    const accepted = once(api.app.server, "connection");
    const caller = connect(Number(new URL(api.url).port), "127.0.0.1");
    onTestFinished(() => void caller.destroy());
    const ended = once(caller.resume(), "end");
    await accepted;
    await api.app.close();
    expect(await ended).toEqual([]);
  },
);
