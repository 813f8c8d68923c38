/** What Redis knows at the moment of a scrape. Every process sees the same, so of these take the maximum, never the sum. */
import type { Registry } from "prom-client";

import { breakerCauses } from "../breaker.ts";
import type { Overview } from "../store/overview.ts";
import { counter, gauge } from "./instruments.ts";

/** Registers the metrics, and returns what shows an overview in them. */
export function showOverview(registry: Registry): (overview: Overview) => void {
  const jobs = gauge(registry, "jobs", "Jobs that are kept, by status.", ["status"]);
  const oldest = gauge(
    registry,
    "oldest_queued_age_seconds",
    "Age, since its intake, of the oldest queued job, which may have been queued again; 0: there is none.",
  );
  const slots = gauge(registry, "slots_in_use", "Paid tasks that Novita may be working on.");
  const breaker = gauge(registry, "breaker_open", "1: this is what stops submissions.", ["cause"]);
  const paused = gauge(registry, "submissions_paused", "1: the operator has paused submissions.");
  const overdue = gauge(
    registry,
    "records_overdue",
    "Records whose next step is overdue: what rescue has to look at.",
  );
  const aside = gauge(
    registry,
    "records_set_aside",
    "Jobs and deliveries that cannot go on, since a record cannot be understood.",
  );
  const showPlaces = placesOf(registry);
  const entries = gauge(registry, "queue_entries", "Live entries of the queues.", ["stage", "state"]);
  const used = gauge(registry, "redis_memory_used_bytes", "Memory that Redis uses.");
  const most = gauge(registry, "redis_memory_max_bytes", "Redis' maxmemory; 0: no limit.");
  const aof = gauge(registry, "redis_aof_enabled", "1: Redis keeps an append-only file.");
  const written = gauge(
    registry,
    "redis_aof_last_write_ok",
    "0: Redis could not write its append-only file.",
  );
  const fsyncs = counter(
    registry,
    "redis_aof_delayed_fsyncs_total",
    "Fsyncs of the append-only file that the disk was too slow for, since Redis started.",
  );

  return (overview) => {
    for (const { status, count } of overview.jobs) jobs.set({ status }, count);
    oldest.set(overview.oldestQueuedMs / 1000);
    slots.set(overview.slotsInUse);
    for (const cause of breakerCauses) {
      breaker.set({ cause }, Number(overview.breakerCause === cause));
    }
    paused.set(Number(overview.isPaused));
    overdue.set(overview.overdue);
    aside.set(overview.aside);
    showPlaces(overview);
    for (const { stage, state, count } of overview.entries) entries.set({ stage, state }, count);
    const { server } = overview;
    if (server === null) {
      for (const metric of [used, most, aof, written, fsyncs]) metric.remove();
      return;
    }
    used.set(server.memoryUsed);
    most.set(server.memoryMax);
    aof.set(Number(server.hasAof));
    written.set(Number(server.isAofWritten));
    // The count is Redis' own: it starts from 0 when Redis restarts.
    fsyncs.reset();
    fsyncs.inc(server.delayedFsyncs);
  };
}

function placesOf(registry: Registry): (overview: Overview) => void {
  const places = gauge(registry, "delivery_places_in_use", "Deliveries that may be worked on now.");
  const inLine = gauge(
    registry,
    "deliveries_in_line",
    "Deliveries whose time has come and whose attempt has not begun, of up to 1,000 receivers.",
  );
  const open = gauge(
    registry,
    "destinations_open",
    "Receivers that failed again and again, and get nothing but a probe now and then.",
  );
  return (overview) => {
    places.set(overview.places);
    inLine.set(overview.inLine);
    open.set(overview.openDestinations);
  };
}
