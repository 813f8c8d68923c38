/** The verdict: every invariant that the evidence breaks, in words. Empty: none. */
import type { Evidence } from "../evidence.ts";
import type { Finding, Rule } from "./finding.ts";
import { checkAccepted, checkEnded, checkHistory } from "./lifecycle.ts";
import { checkLeftovers, checkProcesses } from "./leftovers.ts";
import { checkCap, checkForgotten, checkPaidOnce } from "./money.ts";
import { checkFeeds } from "./feeds.ts";
import { checkRetryAfter, checkTold } from "./news.ts";

const rules: Rule[] = [
  checkAccepted,
  checkEnded,
  checkHistory,
  checkPaidOnce,
  checkForgotten,
  checkTold,
  checkFeeds,
  checkRetryAfter,
  checkCap,
  checkLeftovers,
  checkProcesses,
];

export const audit = (evidence: Evidence): Finding[] => rules.flatMap((rule) => rule(evidence));
