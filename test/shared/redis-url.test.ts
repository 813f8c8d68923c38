import { describe, expect, test } from "vitest";

import { parseRedisUrl } from "../../src/shared/store/redis-url.ts";

describe("one server", () => {
  test.each([
    "redis://127.0.0.1:6379",
    "rediss://user:p%40ss@redis.example:6380/2",
    "redis://:secret@redis",
    "redis://[::1]:6379",
  ])("%s -> as it is", (url) => {
    expect(parseRedisUrl(url)).toEqual({ kind: "single", url });
  });

  test("blanks around it -> gone", () => {
    expect(parseRedisUrl(" redis://one ")).toEqual({ kind: "single", url: "redis://one" });
  });
});

test("several servers -> the seeds of a cluster", () => {
  expect(parseRedisUrl("redis://one:7000, rediss://two:7001")).toEqual({
    kind: "cluster",
    seeds: ["redis://one:7000", "rediss://two:7001"],
  });
});

describe("sentinels", () => {
  test("hosts with and without a port -> the port that sentinels have", () => {
    expect(parseRedisUrl("redis+sentinel://one:26380,two,[::1]:26381/main.1")).toEqual({
      kind: "sentinel",
      sentinels: [
        { host: "one", port: 26_380 },
        { host: "two", port: 26_379 },
        { host: "[::1]", port: 26_381 },
      ],
      name: "main.1",
    });
  });

  test("user and password -> decoded; either may be missing", () => {
    expect(parseRedisUrl("redis+sentinel://us%2Fer:p%40ss@one/main")).toMatchObject({
      username: "us/er",
      password: "p@ss",
    });
    const passwordOnly = parseRedisUrl("redis+sentinel://:pass@one/main");
    expect(passwordOnly).toMatchObject({ password: "pass" });
    expect(passwordOnly).not.toHaveProperty("username");
  });
});

test.each([
  "",
  "redis",
  "localhost:6379",
  "http://one",
  "redis://",
  "redis://one:99999",
  "redis://one,",
  "redis://one,http://two",
  "redis://user:%zz@one",
  "redis://one,redis+sentinel://two/main",
  "redis+sentinel://one:26379",
  "redis+sentinel://one:26379/",
  "redis+sentinel:///main",
  "redis+sentinel://one:port/main",
  "redis+sentinel://one:65536/main",
  "redis+sentinel://one,,two/main",
  "redis+sentinel://user:%E0%A4@one/main",
  "redis+sentinel://one/main/0",
])("%j -> none of the three forms", (text) => {
  expect(parseRedisUrl(text)).toBeNull();
});
