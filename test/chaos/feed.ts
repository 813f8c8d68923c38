/** Somebody who reads a tenant's event feed from the first event on, through everything that is broken meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Tenant } from "../e2e/support/caller.ts";
import type { Ask } from "./ask.ts";
import type { Feed } from "./evidence.ts";
import { type FeedEvent, FeedPage } from "./wire.ts";

const WAITS_FOR_S = 2;
const LOOKS_EVERY_MS = 500;

/** `followed`: page after page as they came, until `over`, and then to the end; `read`: all of it, once it is over. */
export async function followFeed(ask: Ask, tenant: Tenant, over: AbortSignal): Promise<Feed> {
  const followed: FeedEvent[] = [];
  let after: string | null = null;
  for (;;) {
    const isOver = over.aborted;
    const page = await readPage(ask, tenant, after, isOver ? 0 : WAITS_FOR_S);
    followed.push(...page.data);
    after = page.next;
    if (isOver && !page.has_more) break;
    if (!page.has_more) await sleep(LOOKS_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
  }
  return { tenant: tenant.name, followed, read: await readAll(ask, tenant) };
}

async function readAll(ask: Ask, tenant: Tenant): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  for (let after: string | null = null; ;) {
    const page: FeedPage = await readPage(ask, tenant, after, 0);
    events.push(...page.data);
    if (!page.has_more) return events;
    after = page.next;
  }
}

async function readPage(ask: Ask, tenant: Tenant, after: string | null, waitS: number): Promise<FeedPage> {
  const from = after === null ? "" : `&after=${encodeURIComponent(after)}`;
  const wait = waitS === 0 ? "" : `&wait=${waitS}`;
  const answer = await ask({ method: "GET", path: `/v1/events?limit=100${from}${wait}`, key: tenant.key });
  if (answer?.status !== 200) throw new Error(`the feed of ${tenant.name} answered ${answer?.status}`);
  return FeedPage.parse(answer.body);
}
