// Browsers that do not know Sec-Fetch-Site (Safari before 16.4) were refused: by our own Referrer-Policy their form came
// with `Origin: null`, as that of another site may. A proxy in between takes the header away here.
import { once } from "node:events";
import { createServer, request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import { hasNoChromium, openPage } from "../../support/chromium.ts";
import { BOARD, SIGN_IN } from "./support.ts";

/** Passes everything on, but for Sec-Fetch-Site; returns its address, and the Origin of each form that came. */
async function openProxy(base: string) {
  const origins: (string | undefined)[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = "GET", url = "/" } = incoming;
    const { "sec-fetch-site": site, ...headers } = incoming.headers;
    expect(site).toBeDefined();
    if (method === "POST") origins.push(headers.origin);
    const onward = request(new URL(url, base), { method, headers }, (answer) =>
      answer.pipe(outgoing.writeHead(answer.statusCode ?? 502, answer.headers)),
    );
    incoming.pipe(onward);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return { url: `http://127.0.0.1:${address.port}`, origins };
}

test.skipIf(hasNoChromium)(
  "a browser that says no Sec-Fetch-Site -> names our origin, and signs in and out",
  async () => {
    const proxy = await openProxy((await readyApi()).url);
    const { page } = await openPage(proxy.url);
    await page.goto(`${proxy.url}${SIGN_IN}`);
    await page.getByLabel("The operator's key").fill(ADMIN);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${proxy.url}${BOARD}`);
    await page.goto(`${proxy.url}${SIGN_IN}`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("The operator's key").waitFor();
    expect(proxy.origins).toEqual([proxy.url, proxy.url]);
  },
);
