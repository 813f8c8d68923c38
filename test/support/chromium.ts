// Pages of the API as a browser shows them: Debian's Chromium without a screen, driven by playwright-core.
import { mkdir, readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { program } from "./program.ts";

const path = program("chromium");

/** Elsewhere than in CI a test may be done without. */
export const hasNoChromium = path === null && !process.env["CI"];

/** Kept for whoever wants to see them; not part of the repository. */
const SCREENSHOTS = fileURLToPath(new URL("../../.data/screenshots/", import.meta.url));

export type Visit = {
  page: Page;
  /** Errors on the console, those of the Content-Security-Policy among them, exceptions, and requests that failed. */
  troubles: string[];
  /** Requests to anywhere but `origin`. */
  strays: string[];
};

/** A page of a fresh browser, closed with the test; those that it opens are listened to as well. It reaches nothing but this machine. */
export async function openPage(origin: string): Promise<Visit> {
  if (path === null) throw new Error("chromium is not on PATH");
  const browser = await chromium.launch({
    executablePath: path,
    args: [
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      ...(userInfo().uid === 0 ? ["--no-sandbox"] : []),
    ],
  });
  onTestFinished(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  // Sooner than the test's own, so that it is told what was not there.
  context.setDefaultTimeout(8000);
  const troubles: string[] = [];
  const strays: string[] = [];
  context.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
  context.on("weberror", (error) => troubles.push(String(error.error())));
  context.on("requestfailed", (request) => troubles.push(`${request.url()} ${request.failure()?.errorText}`));
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("data:")) strays.push(url);
  });
  const page = await context.newPage();
  return { page, troubles, strays };
}

/** Keeps a picture of the page, which has to show something. */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  const file = `${SCREENSHOTS}${name}.png`;
  await page.screenshot({ path: file });
  const picture = await readFile(file);
  expect(picture.subarray(1, 4).toString()).toBe("PNG");
  // A page of one colour takes about 5 kB.
  expect(picture.length).toBeGreaterThan(12_000);
}
