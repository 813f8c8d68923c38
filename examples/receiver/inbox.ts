import { EventEmitter } from "node:events";
import { DatabaseSync } from "node:sqlite";

export type Letter = { id: string; body: string; failures: number };

/** Onetake keeps an event for 30 days unless its operator says otherwise: until then it may be sent once more. */
const REMEMBERED_MS = 31 * 86_400_000;
const MAX_WAITING = 10_000;
const MAX_FAILURES = 12;

/** The events that came, in a file: the body until the work is done, the id for as long as the event may come again. */
export class Inbox {
  /** Emits "letter" for each that is new. */
  readonly bell = new EventEmitter();
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    // FULL: what was answered with 204 is on the disk.
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS letters (id TEXT PRIMARY KEY, body TEXT, came_at INT, due_at INT, failures INT);
      CREATE INDEX IF NOT EXISTS waiting ON letters (due_at) WHERE body IS NOT NULL;
      CREATE INDEX IF NOT EXISTS ages ON letters (came_at);
      CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, version INT, seen_at INT);
      CREATE INDEX IF NOT EXISTS seen ON jobs (seen_at);
    `);
  }

  /** Once it returns, the letter is safe. */
  put(id: string, body: string, nowMs = Date.now()): "new" | "known" | "full" {
    if (this.#get("SELECT id FROM letters WHERE id = ?", id)) return "known";
    const { waiting } = this.#get("SELECT count(*) AS waiting FROM letters WHERE body IS NOT NULL") ?? {};
    if (Number(waiting) >= MAX_WAITING) return "full";
    this.#run("INSERT INTO letters VALUES (?, ?, ?, ?, 0)", id, body, nowMs, nowMs);
    this.#forget(nowMs - REMEMBERED_MS);
    this.bell.emit("letter");
    return "new";
  }

  /** The one that is due longest. */
  next(nowMs = Date.now()): Letter | null {
    const found = this.#get(
      "SELECT id, body, failures FROM letters WHERE body IS NOT NULL AND due_at <= ? ORDER BY due_at, rowid LIMIT 1",
      nowMs,
    );
    return found
      ? { id: String(found["id"]), body: String(found["body"]), failures: Number(found["failures"]) }
      : null;
  }

  done({ id }: Letter): void {
    this.#run("UPDATE letters SET body = NULL WHERE id = ?", id);
  }

  /** It comes again after 2 s, 4 s and so on; false: it has failed too often, and is forgotten, so that it can be sent once more. */
  failed({ id, failures }: Letter, nowMs = Date.now()): boolean {
    const isGivenUp = failures + 1 === MAX_FAILURES;
    const dueAt = nowMs + 1000 * 2 ** (failures + 1);
    if (isGivenUp) this.#run("DELETE FROM letters WHERE id = ?", id);
    else this.#run("UPDATE letters SET failures = failures + 1, due_at = ? WHERE id = ?", dueAt, id);
    return !isGivenUp;
  }

  /** Events may overtake each other: false for one that tells of a job as it was before an event that has been here. */
  isNewest({ id, version }: { id: string; version: number }, nowMs = Date.now()): boolean {
    return this.#run(
      `INSERT INTO jobs VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE
         SET version = excluded.version, seen_at = excluded.seen_at WHERE excluded.version >= version`,
      id,
      version,
      nowMs,
    );
  }

  close(): void {
    this.#database.close();
  }

  #forget(beforeMs: number): void {
    this.#run("DELETE FROM letters WHERE body IS NULL AND came_at < ?", beforeMs);
    this.#run("DELETE FROM jobs WHERE seen_at < ?", beforeMs);
  }

  #get(sql: string, ...values: (string | number)[]) {
    return this.#database.prepare(sql).get(...values);
  }

  /** Whether it has changed anything. */
  #run(sql: string, ...values: (string | number)[]): boolean {
    return this.#database.prepare(sql).run(...values).changes > 0;
  }
}
