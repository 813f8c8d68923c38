import { afterAll, beforeAll } from "vitest";
import { isReady, startTestApi, type TestApi } from "../../support/api.ts";

/** One API for all rows of a table, which leave nothing behind. */
export function shareApi(changes: Record<string, string> = {}): () => TestApi {
  let api: TestApi | undefined;
  beforeAll(async () => {
    api = await startTestApi(changes);
    await isReady(api);
  });
  afterAll(() => api?.close());
  return () => {
    if (!api) throw new Error("The API is not there yet.");
    return api;
  };
}
