/** The part of autocannon that the benchmark uses; it brings no types of its own. */
declare module "autocannon" {
  type Options = {
    url: string;
    connections: number;
    /** Seconds to run; `amount` is the number of requests instead. */
    duration?: number;
    amount?: number;
    method: string;
    headers: Record<string, string>;
    body: string;
  };
  type Result = {
    /** Seconds. */
    duration: number;
    "2xx": number;
    non2xx: number;
    errors: number;
    /** ms. */
    latency: { p50: number; p99: number };
  };
  export default function autocannon(options: Options): Promise<Result>;
}
