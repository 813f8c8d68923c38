// A client whose types are generated from openapi.json: what a backend engineer's editor and compiler will know.
import createClient from "openapi-fetch";
import { expect, expectTypeOf, test } from "vitest";
import { ACME, readyApi } from "../support/api.ts";
import type { components, paths } from "./schema.d.ts";

type Job = components["schemas"]["Job"];
type Problem = components["schemas"]["Problem"];
type FeedEvent = components["schemas"]["Event"];

async function openClient(key = ACME) {
  const { url } = await readyApi();
  return createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${key}` } });
}

const body = { input: { prompt: "a lighthouse at dawn" }, reference: "order-42" };
const header = { "Idempotency-Key": "order-42" };

test("create, repeat, get, list, cancel -> typed jobs", async () => {
  const client = await openClient();
  const created = await client.POST("/v1/jobs", { body, params: { header } });
  expectTypeOf(created.data).toEqualTypeOf<Job | undefined>();
  expect(created.response.status).toBe(202);
  const id = created.data?.id ?? "";

  const repeated = await client.POST("/v1/jobs", { body, params: { header } });
  expect(repeated.response.status).toBe(200);
  expect(repeated.data?.id).toBe(id);

  const got = await client.GET("/v1/jobs/{id}", { params: { path: { id } } });
  expect(got.data).toEqual(created.data);

  const listed = await client.GET("/v1/jobs", { params: { query: { reference: "order-42", limit: 10 } } });
  expect(listed.data?.data.map((job) => job.id)).toEqual([id]);
  expect(listed.data?.next).toBeNull();

  const canceled = await client.POST("/v1/jobs/{id}/cancel", { params: { path: { id } } });
  expect(canceled.data?.status).toBe("canceled");
});

test("read on in the events -> typed events, each once", async () => {
  const { url } = await readyApi();
  const headers = { authorization: `Bearer ${ACME}` };
  // Not the stream, which has a type of its own.
  const client = createClient<paths, "application/json">({ baseUrl: url, headers });
  const start = await client.GET("/v1/events", { params: { query: { after: "latest" } } });
  const created = await client.POST("/v1/jobs", { body });
  const id = created.data?.id ?? "";
  await client.POST("/v1/jobs/{id}/cancel", { params: { path: { id } } });

  const query = { after: start.data?.next ?? "", type: ["job.*" as const], wait: 10, limit: 5 };
  const { data: page } = await client.GET("/v1/events", { params: { query } });
  const events: FeedEvent[] = page?.data ?? [];
  expect(events.map(({ type, data }) => [type, data.job?.id])).toEqual([["job.canceled", id]]);

  const again = await client.GET("/v1/events", { params: { query: { after: page?.next ?? "" } } });
  expect(again.data).toMatchObject({ data: [], has_more: false });
});

test("a refusal -> a typed problem, by its code", async () => {
  const client = await openClient();
  const tooLong = { input: { prompt: "x".repeat(1501) } };
  const { data, error, response } = await client.POST("/v1/jobs", { body: tooLong });
  expectTypeOf(error?.code).toEqualTypeOf<Problem["code"] | undefined>();
  expect(data).toBeUndefined();
  expect(response.status).toBe(422);
  expect(error?.code).toBe("invalid");
  expect(error?.errors).toEqual([{ pointer: "/input/prompt", detail: expect.any(String) }]);
});

test("an unknown key -> a typed problem", async () => {
  const client = await openClient("a-key-that-nobody-was-given");
  const { error } = await client.GET("/v1/webhook-secret");
  expect(error?.code).toBe("unauthorized");
});

test("what cannot be right -> does not compile", () => {
  const { POST, GET } = createClient<paths>();
  const wrong = [
    // @ts-expect-error a job needs a prompt
    () => POST("/v1/jobs", { body: { input: {} } }),
    // @ts-expect-error a size that the model does not know
    () => POST("/v1/jobs", { body: { input: { prompt: "x", size: "1*1" } } }),
    // @ts-expect-error a decision that there is not
    () => POST("/v1/jobs/{id}/resolve", { params: { path: { id: "x" } }, body: { action: "wait" } }),
    // @ts-expect-error a path that there is not
    () => GET("/v1/job/{id}", { params: { path: { id: "x" } } }),
  ];
  expect(wrong).toHaveLength(4);
});
