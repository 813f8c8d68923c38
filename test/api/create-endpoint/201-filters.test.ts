// Which events of its tenant's jobs an endpoint gets: those that pass its filter as it was when they were raised.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { deliveriesTo, ENDPOINTS, makeEndpoint } from "../endpoint-support.ts";
import { makeJobIn } from "../support.ts";

const statuses = ["succeeded", "failed", "canceled", "expired", "unconfirmed"] as const;

/** Without `job.`, in the order of the alphabet. */
const told = async (api: TestApi, id: string): Promise<string[]> =>
  (await deliveriesTo(api, id)).map(({ event_type: type }) => String(type).replace("job.", "")).sort();

test("jobs that end in every way -> each endpoint gets what passes its filter, whatever others take", async () => {
  const api = await readyApi();
  const made = async (events: string[] | null) => (await makeEndpoint(api, { events })).id;
  const [all, any, failed, several, others] = [
    await made(null),
    await made(["job.*"]),
    await made(["job.failed"]),
    await made(["job.submitted", "job.canceled", "job.expired"]),
    await made(["endpoint.*"]),
  ];
  for (const status of statuses) await makeJobIn(api, status);
  const submitted = (await told(api, any)).filter((type) => type === "submitted").length;
  expect(submitted).toBeGreaterThan(0);
  expect(await told(api, all)).toEqual([...statuses].sort());
  expect((await told(api, any)).filter((type) => type !== "submitted")).toEqual([...statuses].sort());
  expect(await told(api, failed)).toEqual(["failed"]);
  const wanted = ["canceled", "expired", ...Array.from({ length: submitted }, () => "submitted")];
  expect(await told(api, several)).toEqual(wanted);
  expect(await told(api, others)).toEqual([]);
});

test("the filter is changed -> it decides on what is raised from then on, and leaves what was raised before", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api, { events: ["job.canceled"] });
  const jobs = () => Promise.all([makeJobIn(api, "canceled"), makeJobIn(api, "failed")]);
  await jobs();
  await api.call("PATCH", `${ENDPOINTS}/${id}`, { body: { events: ["job.failed"] } });
  await jobs();
  expect(await told(api, id)).toEqual(["canceled", "failed"]);
  await api.call("PATCH", `${ENDPOINTS}/${id}`, { body: { events: null } });
  await jobs();
  expect(await told(api, id)).toEqual(["canceled", "canceled", "failed", "failed"]);
});
