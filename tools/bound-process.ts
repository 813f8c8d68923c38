import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

export type BoundProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Its own process group, so that Ctrl-C reaches those who use it and not the process itself. Still it must not outlive
 * its parent: a companion waits for the pipe from the parent to break, however the parent dies, and then stops it.
 */
const WITH_COMPANION =
  'exec 3<&0; { read -r _ <&3; kill -TERM $$; } >/dev/null 2>&1 & exec "$@" </dev/null 3<&-';

/** Starts a command that ends, by SIGTERM, when this process does. `pid` is the command's own. */
export function spawnBound(command: string, args: string[], env: NodeJS.ProcessEnv): BoundProcess {
  const child = spawn("/bin/sh", ["-c", WITH_COMPANION, "sh", command, ...args], {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env,
  });
  // Lets the companion go.
  child.once("exit", () => child.stdin.destroy());
  return child;
}
