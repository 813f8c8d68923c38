// A process of its own that makes some attempts and says how far its memory rose above what it was before. argv: the URL,
// how many attempts at once.
import { readFileSync } from "node:fs";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { createSender } from "../../src/worker/send.ts";

const [url = "", count = "1"] = process.argv.slice(2);
const sender = createSender({
  policy: createAddressPolicy({ allowCidrs: ["127.0.0.1/32"] }),
  timeoutMs: 5_000,
  ca: readFileSync(new URL("../fixtures/tls-cert.pem", import.meta.url), "utf8"),
  lookup: async () => ["127.0.0.1"],
});
const post = (path: string) => sender.send({ url: url + path, headers: {}, body: Buffer.from("{}") });
const peakBytes = () => process.resourceUsage().maxRSS * 1024;

// What every attempt needs, once: code, TLS, a connection for each.
for (let n = 0; n < 3; n += 1) await Promise.all(Array.from({ length: Number(count) }, () => post("/small")));
const before = process.memoryUsage.rss();
const attempts = await Promise.all(Array.from({ length: Number(count) }, () => post("/huge")));
process.stdout.write(JSON.stringify({ attempts, grownBytes: peakBytes() - before }));
await sender.close();
