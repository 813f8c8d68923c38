// A plan is drawn from its seed alone, has what its size asks for, and breaks everything that there is to break.
import { describe, expect, test } from "vitest";
import { listFaults } from "../../src/simulator/faults.ts";
import { faultKinds, sharesOf } from "./kinds.ts";
import { hashOf, planChaos } from "./plan.ts";
import { troubleGroups } from "./troubles.ts";

const size = { seed: 7, jobs: 300, faults: 100 };

const kindsOf = (faults: number) => new Set(planChaos({ ...size, faults }).timeline.map(({ kind }) => kind));

describe("planChaos", () => {
  test("one seed, twice -> the same plan", () => {
    expect(planChaos(size)).toEqual(planChaos(size));
    expect(hashOf(planChaos(size))).toBe(hashOf(planChaos(size)));
  });

  test("another seed, or another size -> another plan", () => {
    const hashes = [size, { ...size, seed: 8 }, { ...size, jobs: 301 }, { ...size, faults: 101 }].map((one) =>
      hashOf(planChaos(one)),
    );
    expect(new Set(hashes).size).toBe(4);
  });

  test("a plan -> has as many jobs and faults as asked for, all begun within its time", () => {
    const { work, timeline, spanMs } = planChaos(size);
    expect([work.length, timeline.length]).toEqual([300, 100]);
    expect([...work, ...timeline].filter(({ at }) => at < 0 || at > spanMs)).toEqual([]);
    expect(work.map(({ n }) => n)).toEqual(work.map((_, index) => index + 1));
  });

  test("a plan of 50 faults -> has every kind; a small one all but the longest", () => {
    expect(kindsOf(50)).toEqual(new Set(Object.keys(faultKinds)));
    expect(kindsOf(34)).toEqual(new Set(Object.keys(faultKinds).filter((kind) => kind !== "freeze-long")));
  });

  test("the smaller tenant has two endpoints, one of them troubled; the other tenant has none", () => {
    const { endpoints, work } = planChaos(size);
    const refusals = endpoints.map(
      ({ receiver }) => receiver.answers.filter((answer) => answer !== "204").length,
    );
    expect(endpoints.map(({ n, tenant }) => [n, tenant])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(refusals[0]).toBe(0);
    expect(refusals[1]).toBeGreaterThan(10);
    expect(work.some(({ tenant }) => tenant === 0)).toBe(true);
  });

  test("a plan without a job of the tenant that has endpoints -> its endpoints take everything", () => {
    const { endpoints, work } = planChaos({ seed: 1, jobs: 1, faults: 0 });
    expect(work[0]?.tenant).toBe(0);
    expect(endpoints.map(({ receiver }) => receiver.answers)).toEqual([["204"], ["204"]]);
  });

  test("the shares of any number of faults -> add up to it", () => {
    for (let faults = 0; faults <= 120; faults++) {
      const sum = [...sharesOf(faults).values()].reduce((a, b) => a + b, 0);
      expect(sum).toBe(faults);
    }
  });
});

describe("what jobs bring with them", () => {
  const orders = troubleGroups.flatMap(({ troubles }) => troubles.map((trouble) => trouble.orders)).join(" ");
  const ordinary = new Set(["end=succeed", "gen=time"]);
  const known = listFaults()
    .filter(({ channel }) => channel !== "file")
    .map(({ channel, name }) => `${channel}=${name}`)
    .filter((name) => !ordinary.has(name));

  test.each(known)("the simulator's %s -> is dealt out", (name) => {
    expect(
      orders.includes(`[[sim:${name}]]`) || new RegExp(`\\[\\[sim:${name}(x\\d+)?(:|\\])`).test(orders),
    ).toBe(true);
  });

  test("a long plan -> deals each of them to several jobs", () => {
    const { work } = planChaos({ seed: 1, jobs: 10_000, faults: 0 });
    const counts = Map.groupBy(work, ({ trouble }) => trouble.name);
    const names = troubleGroups.flatMap(({ troubles }) => troubles.map(({ name }) => name));
    const rare = names.filter((name) => (counts.get(name)?.length ?? 0) < 5);
    expect(rare).toEqual([]);
  });
});
