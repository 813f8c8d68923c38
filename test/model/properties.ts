/** What must hold at every moment, and of every step from one moment to the next. Each is checked against the model's own books. */
import { billingState, holdsSlot, isTerminal, openAttempt, transitions } from "../../src/shared/job.ts";
import type { Job, JobStatus } from "../../src/shared/job.ts";
import { isUndelivered } from "../../src/shared/delivery.ts";
import type { Settings } from "./scenes.ts";
import { JOB_ID, keys, SLOT_TTL_MS, SUBMIT_TIMEOUT_MS } from "./settings.ts";
import { deliveriesIn, eventsIn, historyIn, jobIn, timesIn } from "./state.ts";
import type { Post, State } from "./state.ts";
import { Violation } from "./violation.ts";

/** Throws a `Violation` that names the property. */
export function checkStep(before: State, after: State, settings: Settings): void {
  if (after.posts.length > before.posts.length) checkPost(after, settings);
  if (after.image !== before.image) {
    const isForgotten = before.forgettable?.before === after.image;
    if (!isForgotten) checkWrite(before, after);
    checkRecord(after);
  }
  checkMoney(after);
  checkSlots(after);
  checkDelivered(after);
  const { over } = after;
  const known = new Set(jobIn(after.image).tasks.map(({ id }) => id));
  const lost = (over?.told ?? []).filter((id) => !known.has(id));
  ensure(
    "no task id is lost",
    lost.length === 0,
    `${over?.name} knew ${lost.join()}, and the record does not.`,
  );
}

/** A POST that was surely not accepted, as somebody has heard, may be followed by another. */
const isExcused = ({ isHeard, fate }: Post): boolean =>
  isHeard && (fate === "refused" || fate === "deferred");

function checkPost({ posts, image, asked }: State, { onUnconfirmed }: Settings): void {
  const last = posts.at(-1);
  const job = jobIn(image);
  const isAwaited = job.status === "submitting" && openAttempt(job)?.id === last?.attempt;
  ensure(
    "no POST of an attempt that was given up",
    isAwaited,
    `It left while the record said ${job.status}.`,
  );
  const allowed = 1 + asked + (onUnconfirmed === "resubmit" ? 1 : 0);
  const count = posts.filter((post) => !isExcused(post)).length;
  ensure(
    "nothing is paid twice unasked",
    count <= allowed,
    `${count} POSTs may be paid for, ${allowed} were wanted.`,
  );
}

/** One write moves the record by one version, along the table, and forgets nothing. */
function checkWrite(before: State, after: State): void {
  const [was, is] = [jobIn(before.image), jobIn(after.image)];
  if (was === is) return;
  ensure(
    "one write is one version",
    is.version === was.version + 1,
    `From version ${was.version} to ${is.version}.`,
  );
  const moved = `${was.status} -> ${is.status}`;
  ensure("the table is kept", is.status === was.status || isMove(was.status, is.status), moved);
  const isLate = is.status === "succeeded" && (was.status === "expired" || was.status === "failed");
  const isKept = !isTerminal(was.status) || is.status === was.status || isLate;
  ensure("an end is left by recover alone", isKept, moved);
  const kept = was.tasks.every(({ id }, n) => is.tasks[n]?.id === id);
  ensure("no task id is lost", kept, `Of ${was.tasks.length} tasks ${is.tasks.length} are left.`);
  const wish = was.cancelRequestedAt === null || is.cancelRequestedAt === was.cancelRequestedAt;
  ensure("a wish to cancel is not forgotten", wish, moved);
  const isTold = historyIn(after.image).some((line) => line.includes(`"version":${is.version},`));
  ensure("the history tells every move", is.status === was.status || isTold, moved);
  const raised = new Set(eventsIn(after.image).map(({ id }) => id));
  const isRaised = eventsIn(before.image).every(({ id }) => raised.has(id));
  ensure("no event is lost", isRaised, "An event that was raised is gone.");
}

const isMove = (from: JobStatus, to: JobStatus): boolean =>
  Object.values(transitions).some(
    (move) => move.to === to && (move.from as readonly string[]).includes(from),
  );

function checkRecord({ image }: State): void {
  const job = jobIn(image);
  const events = eventsIn(image);
  const ends = events.filter(({ type }) => ENDS.has(type)).map(({ type }) => type);
  ensure(
    "an end has its one event",
    ends.join() === wantedEnds(job, ends),
    `${job.status}: ${ends.join() || "none"}`,
  );
  const lost = events.filter(({ type }) => type === "job.unconfirmed").length === 0;
  ensure("unconfirmed has its event", job.status !== "unconfirmed" || !lost, "Nobody was told.");
  const told = new Set(deliveriesIn(image).map(({ eventId }) => eventId));
  ensure(
    "every event has its delivery",
    events.every(({ id }) => told.has(id)),
    "An event is nobody's to carry.",
  );
  const due = new Set(timesIn(image, keys.due).map(([id]) => id));
  ensure("rescue knows what is not over", isTerminal(job.status) || due.has(JOB_ID), `It is ${job.status}.`);
  const forgotten = deliveriesIn(image).filter((each) => isUndelivered(each) && !due.has(each.id));
  ensure("rescue knows what is not over", forgotten.length === 0, "A delivery is on no list.");
}

const ENDS = new Set(["job.succeeded", "job.failed", "job.canceled", "job.expired", "job.recovered"]);

/** An erased job's late success is nobody's business. */
function wantedEnds({ status }: Job, raised: string[]): string {
  if (!isTerminal(status)) return "";
  const first = raised[0] ?? "";
  if (status !== "succeeded" || first === "job.succeeded") return `job.${status}`;
  return ["job.failed", "job.expired"].includes(first) ? `${first},job.recovered` : "job.succeeded";
}

function checkMoney({ image, posts }: State): void {
  const mayBePaid = posts.some((post) => !isExcused(post));
  const isFree = billingState(jobIn(image)) === "not_billed";
  ensure("not_billed is certain", !(mayBePaid && isFree), "A POST that may be paid for is out.");
}

/** The books of the slots agree with the record, and with what Novita is working on. */
function checkSlots({ image, now, posts, sold }: State): void {
  const job = jobIn(image);
  const held = new Set(timesIn(image, keys.slots).flatMap(([id, until]) => (until > now ? [id] : [])));
  const entitled = new Set(job.attempts.flatMap((attempt) => (holdsSlot(job, attempt) ? [attempt.id] : [])));
  const strays = [...held].filter((id) => !entitled.has(id));
  ensure("no slot leaks", strays.length === 0, `${strays.length} slots of attempts that are over.`);
  const isYoung = (post: Post) => now < post.at + SLOT_TTL_MS - SUBMIT_TIMEOUT_MS;
  const running = posts.filter((post) => isYoung(post) && sold.some(isRunning(post)));
  const isCounted = running.every(({ attempt }) => held.has(attempt));
  ensure("what Novita works on has its slot", isCounted, "A running task holds none.");
}

const isRunning =
  (post: Post) =>
  ({ id, state }: State["sold"][number]): boolean =>
    id === post.taskId && state === "running";

/** The receiver has every event that counts as delivered, always with the same bytes. */
function checkDelivered({ image, received }: State): void {
  const delivered = deliveriesIn(image).filter(({ status }) => status === "delivered");
  const came = delivered.every(({ eventId }) => received.some(([id]) => id === eventId));
  ensure("delivered is received", came, "A delivery says so of what never came.");
  const bodies = new Map(received);
  ensure(
    "one event, one body",
    received.every(([id, body]) => bodies.get(id) === body),
    "Its bytes have changed.",
  );
}

function ensure(property: string, holds: boolean, what: string): void {
  if (!holds) throw new Violation(property, what);
}
