/**
 * Places: what a delivery's queue entry needs to be worked on, so that nobody's slow receiver takes all slots. `places.lua`
 * says who gets one. Nothing here is the truth: a place that is lost runs out, and a line is looked after by every worker.
 */
import { z } from "zod";

import { tenantOf } from "../destination.ts";
import type { Keys } from "./keys.ts";
import { revisionOf } from "./record.ts";
import type { Guard } from "./record.ts";
import type { RedisClient } from "./redis.ts";
import { keysOfLists, listWords, runScript } from "./scripts.ts";
import type { Command } from "./scripts.ts";

/** How many deliveries one worker makes at a time. */
export const SLOTS = 50;

/** A place outlives its attempt by this much: what comes before and after the request. */
const LEASE_MARGIN_MS = 15_000;
/** One who leaves calls up others of the tenant in so many destinations at most; the rest is for those who look after lines. */
const MOST_HOPS = 8;

/** A queue entry, by its name, and where it goes. */
export type Seat = { entry: string; to: string };

/**
 * What an attempt says of its destination. `road`: whether it answered; `pace`: what that means for its cap, see `leave.lua`.
 */
export type Report = { road: "up" | "down" | "silent"; pace: "fast" | "slow" | "less" | "same" };

/** Nothing was tried, or nothing was learnt. */
export const nothingLearnt: Report = { road: "silent", pace: "same" };

/** `openMs`: for how long the breaker was opened. `told`: who has a place now and is to be woken. */
export type Left = { turned: "opened" | "closed" | ""; openMs: number; told: Seat[] };

/** `waitMs`: how long the breaker stays open. */
export type Admission = { as: "admitted" | "stale" | "open" | "parked"; waitMs: number; told: Seat[] };

export type Places = ReturnType<typeof createPlaces>;

type Deps = { redis: RedisClient; keys: Keys; deliveryTimeoutMs: number };

export function createPlaces({ redis, keys, deliveryTimeoutMs }: Deps) {
  const leaseMs = deliveryTimeoutMs + LEASE_MARGIN_MS;
  const keysOf = (to: string) => {
    const ofTenant = { places: keys.places(tenantOf(to)), ring: keys.ring(tenantOf(to)) };
    const own = [ofTenant.places, keys.places(to), keys.line(to), keys.road(to), ofTenant.ring];
    return [...own, keys.lines, keys.openRoads, keys.crew, keys.served];
  };
  const wordsOf = ({ entry, to }: Seat) => [entry, to, tenantOf(to), leaseMs, SLOTS];

  const runLeave = async (seat: Seat, { road, pace }: Report) => {
    const words = [...wordsOf(seat), road, pace];
    const answer = await runScript(redis, "leave", keysOf(seat.to), words, LeaveAnswer);
    const [turned, openMs, next, ...told] = answer;
    return { turned, openMs: Number(openMs), next, told: seatsAt(seat.to, told) };
  };

  /** Whom to tell in the destinations whose turn is next. */
  async function callUp(next: string): Promise<Seat[]> {
    const told: Seat[] = [];
    for (let to = next, hop = 0; to !== "" && hop < MOST_HOPS; hop++) {
      const found = await runLeave({ entry: "", to }, nothingLearnt);
      told.push(...found.told);
      to = found.next;
    }
    return told;
  }

  /** Asks for a place. `mayGo`: it has one; else it stands in line. `told`: who has got one by the way. */
  async function enter(seat: Seat): Promise<{ mayGo: boolean; told: Seat[] }> {
    const answer = await runScript(redis, "enter", keysOf(seat.to), wordsOf(seat), EnterAnswer);
    const [held, next, ...told] = answer;
    return { mayGo: held === "1", told: [...othersOf(seat, told), ...(await callUp(next))] };
  }

  /** Writes that an attempt is under way, if nobody else has moved the record and there is a place. */
  async function admit(seat: Seat, guard: Guard, write: string, commands: Command[]): Promise<Admission> {
    const { key, sources } = guard;
    const scriptKeys = [key, ...keysOf(seat.to), ...keysOfLists(commands)];
    const words = [revisionOf(guard), sources.join(","), write, ...wordsOf(seat), ...listWords(commands)];
    const answer = await runScript(redis, "admit", scriptKeys, words, AdmitAnswer);
    const [as, waitMs, next, ...told] = answer;
    return { as, waitMs: Number(waitMs), told: [...othersOf(seat, told), ...(await callUp(next))] };
  }

  /** Gives a place back, if it has one, and its turn in line. */
  async function leave(seat: Seat, report: Report = nothingLearnt): Promise<Left> {
    const { next, ...left } = await runLeave(seat, report);
    return { ...left, told: [...left.told, ...(await callUp(next))] };
  }

  /** Looks after a line: who has a place now, or should have begun by now, is to be woken. */
  const lookAfter = (to: string): Promise<Seat[]> => callUp(to);

  return { enter, admit, leave, lookAfter };
}

const seatsAt = (to: string, entries: string[]): Seat[] => entries.map((entry) => ({ entry, to }));

const othersOf = (seat: Seat, told: string[]): Seat[] =>
  seatsAt(
    seat.to,
    told.filter((entry) => entry !== seat.entry),
  );

const EnterAnswer = z.tuple([z.enum(["0", "1"]), z.string()], z.string());
const LeaveAnswer = z.tuple([z.enum(["opened", "closed", ""]), z.string(), z.string()], z.string());
const AdmitAnswer = z.tuple(
  [z.enum(["admitted", "stale", "open", "parked"]), z.string(), z.string()],
  z.string(),
);
