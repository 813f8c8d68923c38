import { expect, test } from "vitest";
import { readMarkers } from "../../../src/simulator/faults.ts";
import { isTaken, planJobs, waitsLong } from "../../../tools/demo/crowd/plan.ts";

const plans = planJobs(20, true);

test("a run with faults -> every order is one that the simulator knows", () => {
  expect(() => plans.map(({ orders }) => readMarkers(orders))).not.toThrow();
});

test("twenty jobs with faults -> refused webhooks, lost answers, ends of all kinds, and one that may buy twice", () => {
  const orders = plans.map((plan) => plan.orders).join(" ");
  for (const channel of ["submit=accept-then-drop", "poll=500", "end=failed", "end=lost", "RATE_LIMIT"]) {
    expect(orders).toContain(channel);
  }
  expect(plans.filter((plan) => !isTaken(plan, 0)).length).toBeGreaterThanOrEqual(3);
  expect(plans.filter(({ mayBuyTwice }) => mayBuyTwice)).toHaveLength(1);
});

test("six jobs with faults -> one of them waits long for its answer, so that a worker can be killed meanwhile", () => {
  expect(planJobs(6, true).filter(waitsLong)).toHaveLength(1);
});

test("no faults -> nobody meets any", () => {
  const calm = planJobs(30, false);
  expect(calm.map(({ n }) => n)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  expect(calm.filter((plan) => plan.orders !== "" || !isTaken(plan, 0))).toEqual([]);
});

test("a receiver's plan -> its answers in order, the last one for ever", () => {
  const plan = {
    ...plans[0],
    n: 1,
    trouble: "",
    orders: "",
    mayBuyTwice: false,
    answers: ["500", "drop", "204"],
  };
  expect([0, 1, 2, 3].map((nth) => isTaken(plan, nth))).toEqual([false, false, true, true]);
});
