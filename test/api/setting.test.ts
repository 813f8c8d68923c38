// The races of a setting's change that no number of requests brings about for sure.
import type { FastifyRequest } from "fastify";
import { expect, test } from "vitest";
import { z } from "zod";

import { readAuditLog } from "../../src/api/lists/audit-log.ts";
import { createIdempotency } from "../../src/api/idempotency.ts";
import { Problem } from "../../src/api/problem.ts";
import { changeSetting } from "../../src/api/setting.ts";
import type { Setting, SettingDeps } from "../../src/api/setting.ts";
import { openTestLedger } from "../support/ledger.ts";
import { openLogBook } from "../support/log-book.ts";

const Light = z.strictObject({ status: z.enum(["off", "on"]), version: z.number() });
type Light = z.infer<typeof Light>;

function openLight() {
  const { redis, keys } = openTestLedger();
  const idempotency = createIdempotency(redis, keys, false);
  const deps: SettingDeps = { redis, keys, idempotency, retentionS: 60 };
  const initial: Light = { status: "off", version: 0 };
  const setting: Setting<Light> = { key: keys.submissions, schema: Light, initial };
  const deeds = async () => (await readAuditLog(redis, keys, { limit: 10 })).lines.length;
  return { deps, setting, deeds };
}

/** Of a request only these are looked at. */
function request(idempotencyKey: string): FastifyRequest {
  const made: unknown = {
    method: "POST",
    routeOptions: { url: "/light" },
    headers: { "idempotency-key": idempotencyKey },
    caller: { as: "tenant", tenant: "acme", keyId: "key_1" },
    sent: undefined,
    log: openLogBook("api").log,
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return made as FastifyRequest;
}

/** Turns it on, which cannot be done twice. */
const turnOn = {
  action: "submissions.pause" as const,
  choose: (present: Light) =>
    present.status === "on"
      ? new Problem("conflict", "It is on.")
      : { after: { ...present, status: "on" as const }, about: { tenant: null, subject: null } },
};

/** Dependencies by which `first` happens just after the key was found to be free. */
function interrupted(deps: SettingDeps, first: () => Promise<unknown>): SettingDeps {
  let isFirst = true;
  const findHolder: SettingDeps["idempotency"]["findHolder"] = async (claim) => {
    const holder = await deps.idempotency.findHolder(claim);
    if (isFirst) {
      isFirst = false;
      await first();
    }
    return holder;
  };
  return { ...deps, idempotency: { ...deps.idempotency, findHolder } };
}

test("an equal request wins between the look at the key and the look at the setting -> a replay, not its refusal", async () => {
  const { deps, setting, deeds } = openLight();
  const win = () => changeSetting(deps, request("k"), setting, turnOn);
  const answer = await changeSetting(interrupted(deps, win), request("k"), setting, turnOn);
  expect(answer).toMatchObject({ isReplay: true, record: { status: "on", version: 1 } });
  expect(await deeds()).toBe(1);
});

test("another request wins there -> the refusal that is due", async () => {
  const { deps, setting, deeds } = openLight();
  const win = () => changeSetting(deps, request("other"), setting, turnOn);
  const late = changeSetting(interrupted(deps, win), request("k"), setting, turnOn);
  await expect(late).rejects.toMatchObject({ code: "conflict" });
  expect(await deeds()).toBe(1);
});

test("another request writes between the look and the write -> decided anew on what it wrote", async () => {
  const { deps, setting, deeds } = openLight();
  const seen: Light["status"][] = [];
  const decide = (present: Light) => {
    seen.push(present.status);
    return turnOn.choose(present);
  };
  // The two look at the same moment; one of them writes first.
  const both = await Promise.allSettled(
    ["k", "l"].map((key) => changeSetting(deps, request(key), setting, { ...turnOn, choose: decide })),
  );
  expect(seen).toEqual(["off", "off", "on"]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(await deeds()).toBe(1);
});
