/** The three ways to name a Redis: one server, the seeds of a Cluster, or the Sentinels that know the primary. */
export type RedisTarget =
  | { kind: "single"; url: string }
  | { kind: "cluster"; seeds: string[] }
  | {
      kind: "sentinel";
      sentinels: { host: string; port: number }[];
      name: string;
      username?: string;
      password?: string;
    };

const isRedisUrl = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === "") return false;
  return isEncoded(url.username) && isEncoded(url.password);
};

/** Whether it is sound percent-encoding: decoding anything else throws. */
function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Parses `REDIS_URL`; null when it has none of the three forms. */
export function parseRedisUrl(text: string): RedisTarget | null {
  if (text.startsWith("redis+sentinel://")) return parseSentinel(text.slice("redis+sentinel://".length));
  const urls = text.split(",").map((url) => url.trim());
  if (!urls.every(isRedisUrl)) return null;
  return urls.length === 1 ? { kind: "single", url: text.trim() } : { kind: "cluster", seeds: urls };
}

/** `[user:password@]host:port,host:port/name`; user and password are percent-encoded. */
function parseSentinel(text: string): RedisTarget | null {
  const match = /^(?:([^:@/]*):([^@/]*)@)?([^/@]+)\/([\w.-]+)$/.exec(text);
  if (!match) return null;
  const [, username = "", password = "", hosts = "", name = ""] = match;
  if (!isEncoded(username) || !isEncoded(password)) return null;
  const sentinels = hosts.split(",").map(parseHost);
  if (sentinels.some((host) => host === null)) return null;
  return {
    kind: "sentinel",
    sentinels: sentinels.filter((host) => host !== null),
    name,
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
}

function parseHost(text: string): { host: string; port: number } | null {
  const match = /^([\w.-]+|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?$/.exec(text.trim());
  const port = Number(match?.[2] ?? 26_379);
  return match && port <= 65_535 ? { host: match[1] ?? "", port } : null;
}
