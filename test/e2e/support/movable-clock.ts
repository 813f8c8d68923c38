/**
 * Loaded into a process under test before all else (`NODE_OPTIONS=--import=…`): on SIGUSR2 its wall clock moves by
 * CLOCK_MOVES_BY_MS, as when somebody sets it. The monotonic clock goes on as it did.
 */
const moveMs = Number(process.env["CLOCK_MOVES_BY_MS"]);
let offsetMs = 0;

const SystemDate = Date;
const now = (): number => SystemDate.now() + offsetMs;

globalThis.Date = new Proxy(SystemDate, {
  construct: (target, words: unknown[], asked) =>
    Reflect.construct(target, words.length === 0 ? [now()] : words, asked),
  get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
});

process.on("SIGUSR2", () => {
  offsetMs += moveMs;
  process.stdout.write(`${JSON.stringify({ level: "info", msg: "test.clock_moved" })}\n`);
});
