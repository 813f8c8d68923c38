/** Which documented answers the fuzzer has met, and why some of them cannot come of input alone. */
import { operations } from "../support/documented.ts";
import type { FuzzReport } from "./run-fuzz.ts";

/** By status, or by operation and status. Each of them has a test of its own in test/api. */
const OUT_OF_REACH: Record<string, string> = {
  402: "no budget is set",
  429: "the limits are higher than the number of requests",
  500: "no record is damaged",
  503: "Redis is there all the while",
  "getMetrics 401": "the requests come from this machine",
  "listAllJobs 404": "there is an operator",
  "getSubmissions 404": "there is an operator",
  "pauseSubmissions 404": "there is an operator",
  "resumeSubmissions 404": "there is an operator",
  "listAudit 404": "there is an operator",
  "createEndpoint 410": "a key would have to come again after its endpoint was deleted",
  "rotateEndpointSecret 409": "one endpoint would have to be rotated six times",
  "testEndpoint 200": "nobody delivers here",
};

/** The documented answers that never came, without those that could not, as `createJob 415`. */
export function unreached({ counts }: FuzzReport): string[] {
  const documented = operations.flatMap(({ id, statuses }) => statuses.map((status) => ({ id, status })));
  return documented
    .filter(({ id, status }) => !counts.get(id)?.has(status) && !(status in OUT_OF_REACH))
    .map(({ id, status }) => `${id} ${status}`)
    .filter((name) => !(name in OUT_OF_REACH));
}
