import { expect, test } from "vitest";

import { loadApiConfig, loadWorkerConfig } from "../../src/shared/config.ts";

const KEY = "k".repeat(24);

// Faults between variables used to be told only once every single variable was right.
test("faults of single variables and faults between variables -> all told at once", () => {
  const worker = { NOVITA_BASE_URL: "http://novita.example", SHUTDOWN_TIMEOUT_MS: "2000", POLL_BASE_MS: "x" };
  expect(() => loadWorkerConfig(worker)).toThrow(
    expect.objectContaining({
      faults: expect.arrayContaining([
        expect.stringMatching(/^NOVITA_API_KEY is required/),
        expect.stringMatching(/^POLL_BASE_MS must be a whole number/),
        expect.stringMatching(/^SHUTDOWN_TIMEOUT_MS must be at least/),
        expect.stringMatching(/^NOVITA_BASE_URL must be https/),
      ]),
    }),
  );
  expect(() => loadApiConfig({ API_KEYS: `acme:${KEY}`, ADMIN_KEY: KEY })).toThrow(
    expect.objectContaining({
      faults: [
        expect.stringMatching(/^WEBHOOK_SECRET is required/),
        "ADMIN_KEY must differ from every API key",
      ],
    }),
  );
});

test("a variable that is wrong by itself -> no second fault from comparing it", () => {
  const faults = { faults: [expect.stringMatching(/^SUBMIT_TIMEOUT_MS must be a whole number/)] };
  const environment = {
    SUBMIT_TIMEOUT_MS: "soon",
    NOVITA_API_KEY: "sk",
    WEBHOOK_SECRET: `whsec_${"a".repeat(32)}`,
  };
  expect(() => loadWorkerConfig(environment)).toThrow(expect.objectContaining(faults));
});

// Decoding threw a URIError out of the configuration, and the process ended without saying what to change.
test("a Redis password that is no percent-encoding -> a fault like any other", () => {
  const environment = {
    REDIS_URL: "redis+sentinel://user:%E0%A4@one/main",
    NOVITA_API_KEY: "sk",
    WEBHOOK_SECRET: `whsec_${"a".repeat(32)}`,
  };
  expect(() => loadWorkerConfig(environment)).toThrow(
    expect.objectContaining({ faults: [expect.stringMatching(/^REDIS_URL must be/)] }),
  );
});
