import { refused, type Refused } from "./limits.ts";

/** Returns the refusal, or undefined for a good `Authorization` header. */
export function authorize(header: string | undefined, apiKey: string | null): Refused | undefined {
  if (!header) return refused("MISSING_API_KEY");
  const [, key] = /^Bearer\s+(\S+)$/.exec(header) ?? [];
  if (key === undefined) return refused("FAILED_TO_AUTH");
  return apiKey === null || key === apiKey ? undefined : refused("INVALID_API_KEY");
}
