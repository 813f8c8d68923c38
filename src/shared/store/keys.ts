/**
 * Every key that Onetake owns in Redis, and nothing else knows their names. All share one hash tag, so that a Redis
 * Cluster keeps them in one slot and scripts may touch several. BullMQ's own keys live under the same prefix.
 */
import type { DeliveryStatus } from "../delivery.ts";

export type Keys = ReturnType<typeof makeKeys>;

/** In place of a tenant: the jobs of all. No tenant is called so. */
export const everyone = "*";

export function makeKeys(prefix: string) {
  const tag = `{${prefix}}`;
  return {
    /** BullMQ's prefix: its keys are `<tag>:<queue>:…`. */
    queues: tag,
    /** hash: status, version, format, state, request, write (the name of the last write) */
    job: (id: string) => `${tag}:job:${id}`,
    /** stream: the job's history, one fact an entry */
    history: (id: string) => `${tag}:job:${id}:history`,
    /** set: ids of the events and deliveries that the job has raised */
    outbox: (id: string) => `${tag}:job:${id}:outbox`,
    /** hash: type, job, tenant, at, body (the exact bytes that are signed and sent) */
    event: (id: string) => `${tag}:event:${id}`,
    /** set: the deliveries of an event that is about no job */
    eventDeliveries: (eventId: string) => `${tag}:event:${eventId}:deliveries`,
    /** hash: status, version, format, state */
    delivery: (id: string) => `${tag}:delivery:${id}`,
    /** zset of the tenant's delivery ids by when their events were raised */
    deliveries: (tenant: string) => `${tag}:deliveries:${tenant}`,
    /** the same, of those with this status */
    deliveriesBy: (tenant: string, status: DeliveryStatus) => `${tag}:deliveries:${tenant}:status:${status}`,
    /** the same, of those that go to this endpoint: all, those on their way (`open`), or those that ended untaken (`missed`) */
    endpointDeliveries: (endpointId: string, which: "all" | "open" | "missed") =>
      `${tag}:endpoint:${endpointId}:deliveries:${which}`,
    /** hash: status, version, format, state, write; all endpoints of a tenant */
    endpoints: (tenant: string) => `${tag}:endpoints:${tenant}`,
    /** set: the tenants that have endpoints, or had some */
    endpointOwners: `${tag}:endpoint-owners`,
    /** hash: failingSince (ms; since the last success), exhausted (events given up since then) */
    endpointHealth: (endpointId: string) => `${tag}:endpoint:${endpointId}:health`,
    /** string: the delivery of the test of one of them that is under way, for a while */
    endpointTest: (tenant: string) => `${tag}:endpoints:${tenant}:test`,
    /** string: a text sealed by the first ENCRYPTION_KEY that was used, which tells whether a process has the right one */
    sealProof: `${tag}:seal-proof`,
    /** hash: status, version, format, state, write; when the next of the tenant's deliveries that are sent again may go */
    turns: (tenant: string) => `${tag}:turns:${tenant}`,
    /** stream: the tenant's events in the order in which they were raised: event, type, job */
    feed: (tenant: string) => `${tag}:feed:${tenant}`,
    /** stream: the delivery's attempts, bounded */
    attempts: (id: string) => `${tag}:delivery:${id}:attempts`,
    /** string: what a request with an Idempotency-Key has brought about (a job's id, say), and its fingerprint */
    idempotency: (tenant: string, digest: string) => `${tag}:idempotency:${tenant}:${digest}`,
    /** string: the random key of the fingerprints */
    fingerprintKey: `${tag}:fingerprint-key`,
    /** zset of job ids by time of intake; of one tenant, or of `everyone` */
    jobs: (owner: string) => `${tag}:jobs:${owner}`,
    /** the same, of those with this status, tag or reference */
    jobsBy: (owner: string, field: "status" | "tag" | "reference", value: string) =>
      `${tag}:jobs:${owner}:${field}:${value}`,
    /** string: micro-dollars that the tenant has spent, or may have, by the UTC day since the epoch */
    spent: (tenant: string, day: number) => `${tag}:spent:${tenant}:${day}`,
    /** channel: the id of each job that has changed, and the feed (by its key) of each tenant that has a new event */
    changes: `${tag}:changes`,
    /** stream: what the operator has decided, bounded */
    audit: `${tag}:audit`,
    /** the same of tenants, apart, so that none of them can push out what the operator did */
    auditOfTenants: `${tag}:audit:tenants`,
    /** hash: status (`open` or `paused`: nothing is bought), version, format, state, write */
    submissions: `${tag}:submissions`,
    /** hash: id, after (the epoch that was forgotten), at (the last beat of any worker), run (the server's), heldUntil */
    epoch: `${tag}:epoch`,
    /** hash: begun and beats, which only this worker raises */
    witness: (id: string) => `${tag}:witness:${id}`,
    /** hash: status, version, format, state, write; how often the tenant's webhook secret was rotated, and when */
    rotation: (tenant: string) => `${tag}:rotation:${tenant}`,
    /** hash: status, version, format, state, write; a key that was made by command, named after its hash */
    apiKey: (digest: string) => `${tag}:api-key:${digest}`,
    /** hash: a made key's id -> its hash */
    apiKeys: `${tag}:api-keys`,
    /** string: requests of a tenant in the present minute; the tenant is the end of the name */
    rate: `${tag}:rate:`,
    /** string: how often somebody in this network has failed to name the operator's key in the present minute */
    failedLogins: (network: string) => `${tag}:failed-logins:${network}`,
    /** hash: task id -> job id */
    tasks: `${tag}:tasks`,
    /** zset: job or delivery id -> when it is overdue */
    due: `${tag}:due`,
    /** zset: id of a job, or of a delivery whose event is about no job -> when its record may go */
    purge: `${tag}:purge`,
    /** zset: id of a job or delivery that cannot be understood -> when to look at it again */
    aside: `${tag}:aside`,
    /** zset: attempt id -> when its slot is given up for lost */
    slots: `${tag}:slots`,
    /** hash: tat (GCRA's theoretical arrival time), holdUntil (Retry-After) */
    pace: (model: string) => `${tag}:pace:${model}`,
    /** hash: failures, cause ('' = closed), since */
    breaker: `${tag}:breaker`,
    /** string: the attempt that may try while the breaker is open */
    probe: `${tag}:breaker:probe`,
    /** string: how many proofs of durability were begun; it is written so that there is a write to wait for */
    proof: `${tag}:proof`,
    /** zset: queue entry of a delivery -> when its lease of a place runs out; of one destination, or of a tenant */
    places: (owner: string) => `${tag}:places:${owner}`,
    /** zset: queue entry of a delivery that has not begun, with a place or without -> since when */
    line: (destination: string) => `${tag}:line:${destination}`,
    /** zset: destination whose line is not empty -> when to look after it at the latest */
    lines: `${tag}:lines`,
    /** hash: cap (places at once), row (failures in a row), openMs (0 = closed), openUntil */
    road: (destination: string) => `${tag}:road:${destination}`,
    /** zset: destination whose breaker is open -> when that is forgotten */
    openRoads: `${tag}:open-roads`,
    /** zset: destinations that only the tenant's share of all slots holds back, by whose turn it is */
    ring: (tenant: string) => `${tag}:ring:${tenant}`,
    /** zset: tenant that was given places -> when the last of them runs out */
    served: `${tag}:served`,
    /** zset: a worker's loop of deliveries -> until when it counts */
    crew: `${tag}:crew`,
    /** zset: the tasks that were last looked at with success, by when */
    goodLooks: `${tag}:good-looks`,
  };
}
