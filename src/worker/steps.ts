/** What each stage needs to take its steps, from the configuration. */
import type { WorkerConfig } from "../shared/config.ts";
import type { Delivery } from "../shared/delivery.ts";
import type { Logger } from "../shared/logger.ts";
import type { QueueEntry } from "../shared/queues.ts";
import { createRoad } from "./road.ts";
import { createDueStore } from "./due.ts";
import { createProver } from "../shared/store/durability.ts";
import type { Prove } from "../shared/store/durability.ts";
import type { Contact } from "../shared/store/contact.ts";
import type { EntryRules } from "../shared/store/jobs.ts";
import type { Ledger } from "../shared/store/ledger.ts";
import type { CorruptRecordError } from "../shared/store/record.ts";
import { readTenantSecrets } from "../shared/store/rotation.ts";
import { createAddressPolicy } from "../shared/webhook/guard.ts";
import { sealerOf } from "../shared/webhook/seal.ts";
import { findAddressee } from "./addressee.ts";
import { setAside } from "./aside.ts";
import type { Background } from "./background.ts";
import { deliverEvent } from "./deliver.ts";
import { disableEndpoint } from "./disable.ts";
import type { Finding } from "./disable.ts";
import { createDoorman } from "./doorman.ts";
import { createTaskKeeper } from "./keep-task.ts";
import type { Lender } from "./lender.ts";
import { createNovitaClient } from "./novita/client.ts";
import { pace } from "./pace.ts";
import { pollTask } from "./poll.ts";
import { createSender } from "./send.ts";
import { submitJob } from "./submit.ts";
import { throttle } from "./throttle.ts";
import type { Witness } from "./witness.ts";

/** How long after its deadline the answer of a paid request is still listened for. */
const LATE_ANSWER_MS = 300_000;
/** A task is looked at now and then for this long after its job's timeout. */
const RECOVERY_MS = 24 * 3_600_000;
/** How long a submission waits for its proof; an append-only file that is synced each second needs up to two. */
const PROOF_WAIT_MS = 5000;

type Surroundings = {
  ledger: Ledger;
  connections: Lender;
  contact: Pick<Contact, "offered" | "lookAgain">;
  witness: Witness;
  background: Background;
  log: Logger;
};

export function buildSteps(
  config: WorkerConfig,
  { ledger, connections, contact, witness, background, log }: Surroundings,
) {
  const { novita, sender } = openClients(config, log);
  const due = createDueStore(ledger.redis, ledger.keys);
  const road = createRoad(ledger.redis, ledger.keys, config.BREAKER_PROBE_S * 1000);
  const common = {
    ...ledger,
    road,
    novita,
    random: Math.random,
    submitTimeoutMs: config.SUBMIT_TIMEOUT_MS,
    log,
  };

  const policy = submitPolicy(config);
  const prove = openProver(config, ledger, contact);
  const submit = {
    ...common,
    log: log.child({ stage: "submit" }),
    policy,
    connections,
    prove,
    keepTask: createTaskKeeper({ jobs: ledger.jobs, prove, connections }),
    witness,
    rules: entryRules(config),
    background,
  };
  const poll = {
    ...common,
    log: log.child({ stage: "poll" }),
    policy: lookPolicy(config),
    submitPolicy: policy,
  };
  const deliverLog = log.child({ stage: "deliver" });
  const doorman = createDoorman({ ...ledger, log: deliverLog });
  const deliver = {
    ...common,
    log: deliverLog,
    sender,
    doorman,
    findAddressee: addresseesOf(config, ledger),
    disableEndpoint: (finding: Finding) => disableEndpoint(common, finding),
    scheduleS: config.WEBHOOK_RETRY_SCHEDULE,
  };
  return {
    submit: (entry: QueueEntry) => submitJob(submit, entry),
    poll: (entry: QueueEntry) => pollTask(poll, entry),
    deliver: (entry: QueueEntry) => deliverEvent(deliver, entry),
    rescue: { ...common, policy, due, scheduleS: config.WEBHOOK_RETRY_SCHEDULE },
    doorman,
    hurry: due.hurry,
    setAside: (id: string, error: CorruptRecordError) => setAside({ due, log }, id, error),
    close: async () => {
      await Promise.all([novita.close(), sender.close()]);
    },
  };
}

function addresseesOf(config: WorkerConfig, ledger: Ledger) {
  const { redis, keys } = ledger;
  const secretsOf = (tenant: string) => readTenantSecrets(redis, keys, config.WEBHOOK_SECRET, tenant);
  const deps = { redis, keys, sealer: sealerOf(config.ENCRYPTION_KEY), secretsOf };
  return (delivery: Delivery) => findAddressee(deps, delivery);
}

const openProver = (
  config: WorkerConfig,
  { keys }: Ledger,
  { offered, lookAgain }: Surroundings["contact"],
): Prove =>
  createProver({
    wanted: config.SUBMIT_DURABILITY,
    offered,
    key: keys.proof,
    waitMs: PROOF_WAIT_MS,
    onFailure: lookAgain,
  });

/** Whom the worker talks to. */
function openClients(config: WorkerConfig, log: Logger) {
  const novita = createNovitaClient({
    baseUrl: config.NOVITA_BASE_URL,
    apiKey: config.NOVITA_API_KEY,
    pollTimeoutMs: config.POLL_TIMEOUT_MS,
    lateAnswerMs: LATE_ANSWER_MS,
  });
  const sender = createSender({
    policy: createAddressPolicy({ allowCidrs: config.WEBHOOK_ALLOW_CIDRS ?? [] }),
    timeoutMs: config.WEBHOOK_TIMEOUT_MS,
    egressProxy: config.WEBHOOK_EGRESS_PROXY,
    onEgressError: throttle((err) => log.tell("egress.unreachable", { err })),
  });
  return { novita, sender };
}

const entryRules = (config: WorkerConfig): EntryRules => ({
  maxInFlight: config.MAX_IN_FLIGHT,
  slotTtlMs: config.SLOT_TTL_S * 1000,
  ...pace(config.SUBMIT_RPM),
  probeIntervalMs: config.BREAKER_PROBE_S * 1000,
});

const submitPolicy = (config: WorkerConfig) => ({
  pollFirstMs: config.POLL_FIRST_MS,
  recoveryMs: RECOVERY_MS,
  holdMs: config.HOLD_TIMEOUT_S * 1000,
});

const lookPolicy = (config: WorkerConfig) => ({
  baseMs: config.POLL_BASE_MS,
  maxMs: config.POLL_MAX_MS,
  recoveryMs: config.RECOVERY_POLL_MS,
  lostGraceMs: config.TASK_LOST_GRACE_S * 1000,
});
