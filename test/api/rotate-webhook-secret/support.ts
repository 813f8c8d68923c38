import { Rotation } from "../../../src/shared/store/rotation.ts";
import type { TestApi } from "../../support/api.ts";

const DAY_MS = 86_400_000;

/** A day passes for a tenant's secrets: what was written is a day older. */
export async function passDay({ ledger }: Pick<TestApi, "ledger">, tenant: string): Promise<void> {
  const { redis, keys } = ledger;
  const stored: unknown = JSON.parse((await redis.hget(keys.rotation(tenant), "state")) ?? "");
  const state = Rotation.omit({ status: true, version: true }).parse(stored);
  const replaced = state.replaced.map(({ version, until }) => ({ version, until: until - DAY_MS }));
  await redis.hset(keys.rotation(tenant), "state", JSON.stringify({ ...state, replaced }));
}
