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
    const name = JSON.stringify({ ...query, types: query.types && [...new Set(query.types)].sort() });
    const known = this.#pages.get(name);
    if (known) return known;
    const page = orNull(read(query).catch(nullIfUnreadable));
    this.#pages.set(name, page);
    // Only the end of the feed is what many wait for, and a long feed would fill the memory.
    void this.#forgetUnlessLast(name, page);
    return page;
  }

  async #forgetUnlessLast(name: string, page: Promise<FeedPage | null>): Promise<void> {
    // Whoever reads it hears of its failure.
    const found = await page.catch(() => null);
    if (found?.as === "page" && found.hasMore && this.#pages.get(name) === page) this.#pages.delete(name);
  }
}
