import { request } from "undici";

export type Answer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
};

const TIMEOUT_MS = 10_000;

/** One request with a JSON body, if any, and the JSON answer; an answer that is no JSON is null. */
export async function call(
  method: "GET" | "POST",
  url: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  const json = body === undefined ? {} : { "content-type": "application/json" };
  const answer = await request(url, {
    method,
    headers: { ...json, ...headers },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers, body: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
