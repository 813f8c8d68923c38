import { readFileSync } from "node:fs";
import { z } from "zod";

const ssrfCase = z.object({
  name: z.string(),
  url: z.string(),
  expect: z.enum(["block", "invalid", "allow", "single-lookup", "dns-error", "no-follow", "success-once"]),
  dns: z.record(z.string(), z.array(z.string())).optional(),
  dnsSequence: z.record(z.string(), z.array(z.array(z.string()))).optional(),
  status: z.number().optional(),
  location: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
});

export type SsrfCase = z.infer<typeof ssrfCase>;

const fixture = new URL("../../fixtures/ssrf-cases.json", import.meta.url);

export const ssrfCases: SsrfCase[] = z.array(ssrfCase).parse(JSON.parse(readFileSync(fixture, "utf8")));
