// The dashboard as the operator sees it.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { stages } from "../../../src/shared/queues.ts";
import { ADMIN, readyApi } from "../../support/api.ts";
import { hasNoChromium, openPage, takeScreenshot } from "../../support/chromium.ts";
import { makeJobIn } from "../support.ts";
import { BOARD, failEntry, SIGN_IN } from "./support.ts";

const PROMPT = "a lighthouse that nobody else may know of";
const body = { input: { prompt: PROMPT }, webhook: { url: "https://hooks.example.com/in?token=hush" } };

/** The words of everything that could be pressed and would change something. */
const deeds =
  /retry|clean|promote|remove|delete|pause|resume|add job|duplicate|empty|obliterate|edit|update|concurrency|rate limit/i;

test.skipIf(hasNoChromium)(
  "the operator signs in -> sees three lanes with their entries and the jobs behind them, and nothing to press",
  async () => {
    const api = await readyApi();
    const failed = await makeJobIn(api, "queued", body);
    await failEntry(api, "submit", new Error(PROMPT));
    const queued = await makeJobIn(api, "queued", body);
    const processing = await makeJobIn(api, "processing", body);
    const succeeded = await makeJobIn(api, "succeeded", body);
    const [delivery] = await api.ledger.deliveries.deliveriesOf(succeeded);
    const { page, troubles, strays } = await openPage(api.url);
    const seen: string[] = [];
    const look = async (name: string, at = page) => {
      seen.push(await at.locator("body").innerText());
      expect(await pressable(at)).not.toMatch(deeds);
      await takeScreenshot(at, name);
    };

    await page.goto(`${api.url}${BOARD}`);
    expect(new URL(page.url()).pathname).toBe(SIGN_IN);
    await look("sign-in");
    await page.getByLabel("The operator's key").fill(ADMIN);
    await page.getByRole("button", { name: "Sign in" }).click();
    for (const stage of stages) await page.getByRole("link", { name: stage, exact: true }).first().waitFor();
    await page.getByText("4 Jobs").waitFor();
    await look("board");

    const entries = { submit: queued, poll: processing, deliver: String(delivery?.id) };
    for (const stage of stages) {
      await page.goto(`${api.url}${BOARD}/queue/${stage}`);
      await page.getByRole("link", { name: `${entries[stage]}-1` }).waitFor();
      await page.getByText(stage === "submit" ? "Spends money:" : "Spends nothing:").waitFor();
      await look(`lane-${stage}`);
    }

    await page.goto(`${api.url}${BOARD}/queue/submit?status=failed`);
    await page.getByRole("link", { name: `${failed}-1` }).waitFor();
    await page.getByText("Left out").waitFor();
    await look("failed");
    await page.getByRole("link", { name: `${failed}-1` }).click();
    for (const tab of ["Options", "Logs", "Error", "Data", "Progress"]) {
      await page
        .getByRole("button", { name: tab, exact: true })
        .or(page.getByRole("tab", { name: tab, exact: true }))
        .first()
        .click();
      await look("entry");
    }
    await page.goto(`${api.url}${BOARD}/queue/deliver`);
    const opened = page.context().waitForEvent("page");
    await page.getByRole("link", { name: "The delivery" }).click();
    const record = await opened;
    await record.getByRole("heading", { name: succeeded }).waitFor();
    await look("job", record);

    await page.goto(`${api.url}${SIGN_IN}`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("The operator's key").waitFor();
    await page.goto(`${api.url}${BOARD}`);
    expect(new URL(page.url()).pathname).toBe(SIGN_IN);

    expect(troubles).toEqual([]);
    expect(strays).toEqual([]);
    expect(seen.filter((text) => text.includes(PROMPT) || text.includes("hush"))).toEqual([]);
  },
);

/** What can be pressed on the page, by its name. */
async function pressable(page: Page): Promise<string> {
  const outline = await page.locator("body").ariaSnapshot();
  return outline.match(/- (button|menuitem|switch|checkbox).*/g)?.join("\n") ?? "";
}
