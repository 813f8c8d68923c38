/**
 * What a job brings with it: what Novita does to it, what its receiver answers, and what its caller does. Every fault of
 * submitting, looking and ending that the simulator knows is dealt out; those that hold up everybody are dealt rarely.
 */
export type Trouble = {
  /** The simulator's word for it, or "none". */
  name: string;
  orders: string;
  /** How long the generation takes; drawn when absent. */
  genMs?: number;
  timeoutS?: number;
  /** Its task never comes to an end that a look can see, so it is looked at for as long as it is kept. */
  isRestless?: boolean;
};

export type TroubleGroup = { share: number; troubles: Trouble[] };

/** Longer than SUBMIT_TIMEOUT_MS of the run. */
const TOO_LATE_MS = 4500;

const of = (name: string, order = name, more: Partial<Trouble> = {}): Trouble => ({
  name,
  orders: `[[sim:${order}]]`,
  ...more,
});

const all = (channel: string, words: string, more: Partial<Trouble> = {}): Trouble[] =>
  words
    .split(" ")
    .map((word) => of(`${channel}=${word.replace(/(x\d+)?(:.*)?$/, "")}`, `${channel}=${word}`, more));

const ambiguous = "drop hang 408 500 502 503:html 504 empty truncated html no-task-id code".split(" ");
const account =
  "BILLING_BALANCE_NOT_ENOUGHx1 NOT_ENOUGH_BALANCEx1 INVALID_API_KEYx1 MISSING_API_KEYx1 FAILED_TO_AUTHx1 " +
  "NEED_REAL_NAME_VERIFYx1 API_NOT_ALLOWEDx1 proxy-4xxx1:403 redirectx1";

/** Shares of a hundred jobs; the rest has no trouble with Novita. */
export const troubleGroups: TroubleGroup[] = [
  // Nobody can know, and it was not bought; or it was.
  { share: 4, troubles: ambiguous.map((word) => of(`submit=${word.split(":")[0]}`, `submit=${once(word)}`)) },
  {
    share: 4,
    troubles: ambiguous.map((word) =>
      of(`submit=accept-then-${word.split(":")[0]}`, `submit=accept-then-${once(word)}`),
    ),
  },
  // Nobody can know in time; the answer comes all the same.
  { share: 1, troubles: [of("submit=accept-then-late", `submit=accept-then-latex1:${TOO_LATE_MS}`)] },
  // A 429 that does not say for how long holds up everybody for ten seconds.
  { share: 0.1, troubles: [of("submit=late-refusal", `submit=late-refusalx1:${TOO_LATE_MS}`)] },
  // Slow, so that a kill, a freeze or an outage meets it on its way.
  { share: 12, troubles: [of("submit=slow", "submit=accept-then-latex1:700")] },
  { share: 2, troubles: all("submit", "old-envelope") },
  // Certainly not accepted: everybody waits, or the breaker opens.
  { share: 1.5, troubles: all("submit", "RATE_LIMIT_EXCEEDEDx1:1 SERVER_OVERLOADx1:1") },
  { share: 2, troubles: all("submit", account) },
  {
    share: 5,
    troubles: all(
      "submit",
      "INVALID_REQUEST_BODY ILLEGAL_PROMPT API_NOT_FOUND novita-4xx:422 CREATE_TASK_FAILEDx1 BILLING_FAILEDx1",
    ),
  },
  {
    share: 14,
    troubles: [
      ...all("poll", "404x2 flap", { genMs: 300 }),
      of("poll=404-for-ever", "poll=404", { genMs: 300, isRestless: true }),
      ...all("poll", "429x2:1 409x1 425x1 408x1 500x2 502x1 503x1 504x1 401x1 403x1 redirectx1"),
      ...all("poll", "htmlx2 emptyx1 truncatedx2 no-taskx1 dropx2 hangx1 late:300 dripx1:20"),
    ],
  },
  {
    share: 8,
    troubles: all(
      "shape",
      "ttl-number ttl-absent progress-absent progress-zero progress-over progress-back arrays-absent " +
        "extra-absent unknown-fields unknown-statusx2 empty-statusx2",
    ),
  },
  {
    share: 10,
    troubles: [
      ...all("end", "failed failed-huge failed-then-succeed no-urlx2 no-urlx1:blank no-urlx2:absent"),
      of("end=no-url-for-ever", "end=no-url", { isRestless: true }),
      ...all("end", "stuck stuck-queued", { timeoutS: 3, isRestless: true }),
      of("end=lost", "end=lost", { genMs: 600, isRestless: true }),
      of("end=late", "end=late:6000", { genMs: 300, timeoutS: 3 }),
    ],
  },
];

export type ReceiverPlan = { name: string; answers: string[]; retryAfterS: number | null };

const answering = (name: string, answers: string, retryAfterS: number | null = null): ReceiverPlan => ({
  name,
  answers: answers.split(","),
  retryAfterS,
});

/** How the receiver at an address is told what to answer. */
export const queryOf = ({ answers, retryAfterS }: ReceiverPlan): string =>
  `answer=${answers.join(",")}${retryAfterS === null ? "" : `&retry_after=${retryAfterS}`}`;

/** Half of the receivers are well. */
export const calmReceiver = answering("none", "204");
export const receiverPlans: ReceiverPlan[] = [
  answering("500", "500,204"),
  answering("404", "404,200"),
  answering("drop", "drop,204"),
  answering("hang", "hang,204"),
  answering("redirect", "302,204"),
  answering("429 with Retry-After", "429,204", 3),
  answering("503 with Retry-After", "503,503,202", 2),
  answering("several", "500,drop,302,204"),
];

/** The orders of a fault that hits the first POST only: what comes after it is what is of interest. */
function once(word: string): string {
  const [name = "", argument] = word.split(":");
  return argument === undefined ? `${name}x1` : `${name}x1:${argument}`;
}
