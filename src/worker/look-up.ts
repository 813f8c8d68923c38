/**
 * The addresses of a receiver's name, asked of the DNS itself. The system's resolver would hold a thread for as long as it
 * waits, and has two of them for all lookups of the process: two names whose servers say nothing, ten seconds each, would
 * hold up the receivers of every other tenant, and Novita. A question that is asked here waits on a socket of its own.
 */
import { lookup as askSystem, Resolver } from "node:dns/promises";

/** All addresses of a name; rejects when there are none. */
export type Lookup = (hostname: string) => Promise<string[]>;

type LookupOptions = {
  /**
   * Whether names that the DNS does not have may be known to this machine: from its hosts file, or with a search domain. Only
   * private receivers have such names.
   */
  asksSystem: boolean;
  /** The DNS servers to ask, by default the system's. */
  servers?: string[];
};

/** After this a server is asked again, each time twice as long; an attempt's own time is over before the last of them. */
const patience = { timeout: 1000, tries: 4 };

export const createLookup =
  ({ asksSystem, servers }: LookupOptions): Lookup =>
  async (hostname) => {
    // Of its own, since it remembers of its servers who did not answer: that is the fault of the name.
    const dns = new Resolver(patience);
    if (servers) dns.setServers(servers);
    const answers = await Promise.allSettled(askBoth(dns, hostname));
    const addresses = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
    if (!asksSystem || failures.some(isTimeout)) throw failures[0];
    return (await askSystem(hostname, { all: true })).map(({ address }) => address);
  };

/** There are servers that never answer about a family which they do not have, and that of the other must not be lost to them. */
const OTHER_FAMILY_MS = 1000;

function askBoth(dns: Resolver, hostname: string): Promise<string[]>[] {
  const families = [dns.resolve4(hostname), dns.resolve6(hostname)];
  Promise.any(families).then(
    () => setTimeout(() => dns.cancel(), OTHER_FAMILY_MS).unref(),
    () => undefined,
  );
  return families;
}

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ETIMEOUT";
