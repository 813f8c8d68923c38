// A receiver that echoes what it got put the secret values of an endpoint's headers into the delivery log.
import { expect, onTestFinished, test } from "vitest";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import { createSender } from "../../src/worker/send.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";
import { putDelivery } from "../support/delivery.ts";
import { openTestLedger } from "../support/ledger.ts";
import { startReceiver } from "./receiver.ts";

const values = { authorization: "Bearer top-secret-42", "x-team-key": "k3y-of-the-team" };
const to = signedWith("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

test("the receiver answers with the headers that it got -> the snippet has their names, and none of their values", async () => {
  const { port } = await startReceiver("http", ({ headers }, response) => {
    response.end(`${" ".repeat(1000)}${JSON.stringify(headers)} ${headers.authorization?.split(" ")[1]}`);
  });
  const ledger = openTestLedger();
  const { id } = await putDelivery({ ledger }, {}, { url: `http://127.0.0.1:${port}/` });
  const policy = createAddressPolicy({ allowCidrs: ["127.0.0.0/8"] });
  const sender = createSender({ policy, timeoutMs: 2000 });
  onTestFinished(() => sender.close());
  const findAddressee: typeof to = async (delivery) => ({ ...(await to(delivery)), headers: values });
  const deps = { ...ledger, sender, findAddressee, disableEndpoint, scheduleS: [5], random: () => 0 };
  await deliverEvent(deps, { id, n: 1 });
  const [attempt] = await ledger.deliveries.readAttempts(id);
  expect(attempt?.snippet).toContain('"authorization":"[hidden]"');
  expect(attempt?.snippet).not.toMatch(/top-secret|of-the-team/);
});
