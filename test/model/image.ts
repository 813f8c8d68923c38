/**
 * The real Redis, which runs the product's real scripts, put back to whatever moment the model wants to go on from. A moment
 * is kept as what DUMP gives of each key; only keys that differ from what Redis holds are restored. Redis' clock is the
 * model's: TIME, and nothing else of a script, is answered by a line put before its text.
 */
import { Redis } from "ioredis";

/** One key: as DUMP gives it, and as words that can be read. */
export type Held = { dump: Buffer; words: string[] };

export type Image = ReadonlyMap<string, Held>;

type Script = { text: string; keys: string[]; words: string[] };

export type Server = ReturnType<typeof openServer>;

/** `changed`: what is done to a script's text before it is loaded. */
export function openServer(url: string, changed: (text: string) => string = (text) => text) {
  const redis = new Redis(url);
  let present: Image = new Map();
  const digests = new Map<string, string>();

  async function digestOf(text: string): Promise<string> {
    const known = digests.get(text);
    if (known !== undefined) return known;
    const sha = String(await redis.script("LOAD", text));
    digests.set(text, sha);
    return sha;
  }

  /** Has Redis hold what it held at that moment, then runs the script, then tells what has become of its keys. */
  async function run(
    image: Image,
    now: number,
    { text, keys, words }: Script,
  ): Promise<{ answer: unknown; image: Image }> {
    const sha = await digestOf(`${CLOCK}\n${changed(text)}`);
    const kept = [...new Set(keys)].filter((key) => !UNREAD.test(key));
    const pipeline = restoring(image);
    pipeline.evalsha(sha, keys.length, ...keys, ...words, String(now));
    pipeline.callBuffer("EVALSHA", await digestOf(TAKE), String(kept.length), ...kept);
    const answers = (await pipeline.exec()) ?? [];
    for (const [error] of answers) if (error) throw error;
    const [answer, found] = answers.slice(-2).map(([, value]) => value);
    present = updated(image, kept, asRows(found));
    return { answer, image: present };
  }

  function restoring(image: Image) {
    const pipeline = redis.pipeline();
    if (image === present) return pipeline;
    for (const name of present.keys()) if (!image.has(name)) pipeline.del(name);
    for (const [name, held] of image) {
      if (present.get(name) !== held) pipeline.restore(name, 0, held.dump, "REPLACE");
    }
    return pipeline;
  }

  async function call(image: Image, [name, ...words]: [string, ...string[]]): Promise<unknown> {
    const pipeline = restoring(image);
    pipeline.call(name, ...words);
    present = image;
    const [error, answer] = (await pipeline.exec())?.at(-1) ?? [null, null];
    if (error) throw error;
    return answer;
  }

  return {
    run,
    call,
    /** Forgets everything. */
    async empty(): Promise<Image> {
      await redis.flushdb();
      present = new Map();
      return present;
    },
    /** The server's own id, which a worker names when it begins. */
    serverRun: async () => /run_id:(\w+)/.exec(await redis.info("server"))?.[1] ?? "",
    version: async () => /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "",
    close: async () => void (await redis.quit()),
  };
}

/** Of the lists that callers read, and of the budget, no step of the model depends. */
const UNREAD = /\}:(?:jobs|deliveries|spent|audit|changes)\b/;

function updated(image: Image, keys: string[], rows: Row[]): Image {
  const next = new Map(image);
  let hasChanged = false;
  for (const [at, [dump, words]] of rows.entries()) {
    const name = keys[at] ?? "";
    const read = words.map(String);
    const before = image.get(name);
    if (dump ? before && isSame(before.words, read) : !before) continue;
    hasChanged = true;
    if (dump) next.set(name, { dump, words: read });
    else next.delete(name);
  }
  return hasChanged ? next : image;
}

/** The last argument is the time, which no script looks for there. */
const CLOCK = `
local redis = setmetatable({ call = function(name, ...)
  if name ~= 'TIME' then return redis.call(name, ...) end
  local now = tonumber(ARGV[#ARGV])
  return { tostring(math.floor(now / 1000)), tostring(now % 1000 * 1000) }
end }, { __index = redis })`;

/** Each key as it can be put back, and as it can be read. A stream is the last word of each of its entries. */
const TAKE = `
local rows = {}
for at, name in ipairs(KEYS) do
  local kind = redis.call('TYPE', name).ok
  local words = {}
  if kind == 'hash' then
    local fields = redis.call('HKEYS', name)
    table.sort(fields)
    for _, field in ipairs(fields) do
      words[#words + 1] = field
      words[#words + 1] = redis.call('HGET', name, field)
    end
  elseif kind == 'zset' then words = redis.call('ZRANGE', name, 0, -1, 'WITHSCORES')
  elseif kind == 'set' then
    words = redis.call('SMEMBERS', name)
    table.sort(words)
  elseif kind == 'string' then words = { redis.call('GET', name) }
  elseif kind == 'stream' then
    for _, entry in ipairs(redis.call('XRANGE', name, '-', '+')) do words[#words + 1] = entry[2][#entry[2]] end
  end
  rows[at] = { redis.call('DUMP', name), words }
end
return rows`;

const isSame = (before: string[], words: string[]): boolean =>
  before.length === words.length && words.every((word, n) => word === before[n]);

type Row = [dump: Buffer | null, words: Buffer[]];

/** Holds because TAKE answers so. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const asRows = (found: unknown): Row[] => found as Row[];
