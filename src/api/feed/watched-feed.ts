import { nullIfUnreadable, orNull } from "../watch/or-null.ts";
import type { FeedPage, FeedQuery } from "./read-feed.ts";

/** A tenant's events, as those who watch them read them: the same page once for all who want it between two hints. */
export class WatchedFeed {
  readonly #pages = new Map<string, Promise<FeedPage | null>>();

  forget(): void {
    this.#pages.clear();
  }

  /** null: it cannot be read now. */
  readPage(query: FeedQuery, read: (query: FeedQuery) => Promise<FeedPage>): Promise<FeedPage | null> {
    const name = JSON.stringify(query);
    const page = this.#pages.get(name) ?? orNull(read(query).catch(nullIfUnreadable));
    this.#pages.set(name, page);
    return page;
  }
}
