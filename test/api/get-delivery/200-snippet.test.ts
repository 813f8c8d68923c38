// GET /v1/deliveries/{id}: how much of what a receiver says anybody gets to read.
import { expect, onTestFinished, test } from "vitest";
import { buildReceiver } from "../../../src/simulator/receiver.ts";
import { createAddressPolicy } from "../../../src/shared/webhook/guard.ts";
import { createSender } from "../../../src/worker/send.ts";
import { readyApi } from "../../support/api.ts";
import { putJoblessDelivery } from "../../support/endpoint.ts";
import { deliverTo, putSealedEndpoint } from "../../support/endpoint-worker.ts";
import { openTestLedger } from "../../support/ledger.ts";

/** The attempts of a delivery, as the API shows them, to a receiver that says a lot. */
async function attemptsWhere(allowCidrs: string[], words: string) {
  const api = await readyApi();
  const receiver = buildReceiver();
  const url = await receiver.listen();
  onTestFinished(() => receiver.close());
  const sender = createSender({ policy: createAddressPolicy({ allowCidrs }), timeoutMs: 2000 });
  onTestFinished(() => sender.close());
  const ledger = openTestLedger({ prefix: api.prefix });
  receiver.answerWith({ status: 500, body: words });
  const endpoint = await putSealedEndpoint(ledger, { url: `${url}/in` });
  const delivery = await putJoblessDelivery(api, endpoint, { status: "pending", finishedAt: null });
  await deliverTo(ledger, sender)(delivery);
  const { json } = await api.call("GET", `/v1/deliveries/${delivery.id}`);
  return { attempts: json["attempts"], received: receiver.received };
}

test.each([
  ["letters", "x".repeat(5000), 1024],
  ["characters of three bytes", "界".repeat(2000), 341],
])("an answer of 5 kB of %s -> the first 1 KiB of it, whole characters", async (_name, words, count) => {
  const { attempts } = await attemptsWhere(["127.0.0.0/8"], words);
  expect(attempts).toMatchObject([
    { n: 1, status: 500, error_code: "http_error", snippet: words.slice(0, count) },
  ]);
});

test("a forbidden target -> nothing of it, not even a status; it is never asked", async () => {
  const { attempts, received } = await attemptsWhere([], "the inside of a network");
  expect(attempts).toMatchObject([{ n: 1, status: null, error_code: "target_forbidden", snippet: null }]);
  expect(received).toEqual([]);
});
