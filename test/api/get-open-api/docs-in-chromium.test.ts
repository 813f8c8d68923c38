// The API's description as people read it.
import { expect, onTestFinished, test } from "vitest";
import { startTestApi } from "../../support/api.ts";
import { hasNoChromium, openPage, takeScreenshot } from "../../support/chromium.ts";
import { operations } from "../../support/documented.ts";

test.skipIf(hasNoChromium)("/docs -> every operation, from this host alone", async () => {
  const api = await startTestApi();
  onTestFinished(() => api.close());
  const { page, troubles, strays } = await openPage(api.url);

  await page.goto(`${api.url}/docs`);
  for (const { id } of operations) await page.locator(`.opblock[id$="-${id}"]`).waitFor();
  await takeScreenshot(page, "docs");

  const createJob = page.locator("#operations-Jobs-createJob");
  await createJob.click();
  await createJob.getByText("Try it out").waitFor();
  await createJob.locator(".responses-table").waitFor();
  await takeScreenshot(page, "docs-operation");
  expect(troubles).toEqual([]);
  expect(strays).toEqual([]);
});
