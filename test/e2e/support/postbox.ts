import type { Receiver } from "../../../src/simulator/receiver.ts";
import { acme, type Tenant, verify } from "./caller.ts";

/** The webhooks of one type that came to one address: one id and one body, however often they came. */
export type Told = { ids: Set<string>; bodies: Set<string>; count: number };

/** By type, in the order in which the first of each came. */
export type News = Map<string, Told>;

export type Postbox = {
  /** What has come to this path, whatever the query; each webhook is verified once, with the tenant's own secret. */
  newsAt: (path: string) => News;
  /** How many webhooks that were. */
  countAt: (path: string) => number;
};

/** Sorts what a receiver gets. `tenantOf` says whose webhook it must be; a wrong signature is thrown at whoever asks. */
export function openPostbox(receiver: Receiver, tenantOf: (path: string) => Tenant = () => acme): Postbox {
  const byPath = new Map<string, News>();
  let read = 0;

  function sort(): void {
    for (const one of receiver.received.slice(read)) {
      const path = one.path.split("?")[0] ?? "";
      const { type, id } = verify(one, tenantOf(path));
      const news = byPath.get(path) ?? new Map<string, Told>();
      byPath.set(path, news);
      const told = news.get(type) ?? { ids: new Set(), bodies: new Set(), count: 0 };
      news.set(type, told);
      told.ids.add(id);
      told.bodies.add(one.body.toString());
      told.count += 1;
      read += 1;
    }
  }

  const newsAt = (path: string): News => {
    sort();
    return byPath.get(path) ?? new Map();
  };
  const countAt = (path: string): number =>
    [...newsAt(path).values()].reduce((sum, { count }) => sum + count, 0);
  return { newsAt, countAt };
}
