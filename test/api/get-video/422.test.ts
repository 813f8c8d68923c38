// GET /v1/jobs/{id}/video with parameters that there are not.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { faultsOf, recordOf } from "../support.ts";
import { getVideo, makeVideo } from "./support.ts";

test.each([
  ["another value", "?redirect=no", ["redirect"]],
  ["no value", "?redirect=", ["redirect"]],
  ["the parameter twice", "?redirect=false&redirect=true", ["redirect"]],
  ["an unknown parameter", "?refresh=true", ["refresh"]],
  ["both", "?redirect=0&refresh=1", ["redirect", "refresh"]],
])("%s -> 422 at the parameter, and nobody is asked", async (_name, query, parameters) => {
  const api = await readyApi();
  const id = await makeVideo(api, -1);
  expect(faultsOf(await getVideo(api, id, query))).toMatchObject(
    parameters.map((parameter) => ({ parameter })),
  );
  expect((await recordOf(api, id)).inquiry).toBeNull();
});
