import { expect, test } from "vitest";
import { readTrace, type Synced } from "./power-cut.ts";

const FILE = "/data/appendonly.aof.1.incr.aof";
const read = (lines: string[]): Synced => {
  const files: Synced = new Map([[FILE, { written: 100, synced: 100 }]]);
  readTrace(lines.join("\n"), files);
  return files;
};

test("written, and not synced since -> only what was there before is safe", () => {
  const files = read([`7 write(8<${FILE}>, ""..., 40) = 40`]);
  expect(files.get(FILE)).toEqual({ written: 140, synced: 100 });
});

test("written while another thread syncs -> what came after the sync began is not safe", () => {
  const files = read([
    `7 write(8<${FILE}>, ""..., 40) = 40`,
    `9 fdatasync(8<${FILE}> <unfinished ...>`,
    `7 write(8<${FILE}>, ""..., 5) = 5`,
    `9 <... fdatasync resumed>)              = 0`,
  ]);
  expect(files.get(FILE)).toEqual({ written: 145, synced: 140 });
});

test("a sync that fails, or that the cut comes in between of -> makes nothing safe", () => {
  const files = read([
    `7 write(8<${FILE}>, ""..., 40 <unfinished ...>`,
    `7 <... write resumed>) = 40`,
    `9 fdatasync(8<${FILE}>) = -1 EIO (Input/output error)`,
    `9 fdatasync(8<${FILE}> <unfinished ...>`,
    `9 +++ killed by SIGKILL +++`,
  ]);
  expect(files.get(FILE)).toEqual({ written: 140, synced: 100 });
});

test("other files -> are not ours", () => {
  const files = read([`7 write(4</dev/null>, ""..., 3) = 3`]);
  expect([...files.keys()]).toEqual([FILE]);
});
