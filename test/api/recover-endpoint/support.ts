import type { Delivery } from "../../../src/shared/delivery.ts";
import type { Answer, Call, TestApi } from "../../support/api.ts";
import { readDelivery } from "../../support/delivery.ts";
import { NOON } from "../../support/job.ts";

export const iso = (ms: number): string => new Date(ms).toISOString();

/** `POST /v1/webhook-endpoints/{id}/recover`, since noon unless the body says otherwise. */
export const recover = (
  api: TestApi,
  id: string,
  body: object = { since: iso(NOON) },
  options: Call = {},
): Promise<Answer> => api.call("POST", `/v1/webhook-endpoints/${id}/recover`, { body, ...options });

export const readAll = (api: TestApi, ids: string[]): Promise<Delivery[]> =>
  Promise.all(ids.map((id) => readDelivery(api, id)));

/** From each time to the next. */
export const gaps = (times: number[]): number[] => times.slice(1).map((time, n) => time - (times[n] ?? 0));
