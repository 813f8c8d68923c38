/** Requests for every operation of the document: such as it describes, and such as it does not. */
import * as fc from "fast-check";

import { ACME, ADMIN, GLOBEX } from "../support/api.ts";
import type { DocumentedOperation, Parameter } from "../support/documented.ts";
import { fromSchema } from "./from-schema.ts";
import { spoilBody } from "./spoil.ts";
import type { Stock } from "./target.ts";

export type FuzzRequest = {
  operation: string;
  /** Who it says it is; see `credentials`. */
  caller: Caller;
  /** All of it is as documented. */
  isFit: boolean;
  method: string;
  /** As it goes out, without a space. */
  target: string;
  headers: Header[];
  body: Buffer | null;
  isChunked: boolean;
};
export type Header = [name: string, value: string];

/** How a caller names itself. Of two Authorization headers the first one counts. */
export const credentials = (revokedKey: string) => ({
  acme: [`Bearer ${ACME}`],
  globex: [`Bearer ${GLOBEX}`],
  operator: [`Bearer ${ADMIN}`],
  nobody: [],
  revoked: [`Bearer ${revokedKey}`],
  both: [`Bearer ${ACME}`, `Bearer ${GLOBEX}`],
  listed: [`Bearer ${ACME}, Bearer ${GLOBEX}`],
  quoted: [`Bearer "${ACME}"`],
  basic: [`Basic ${Buffer.from(`acme:${ACME}`).toString("base64")}`],
  binary: [`Bearer \xff\xfe${ACME}`],
  huge: [`Bearer ${"k".repeat(8000)}`],
});
export type Caller = keyof ReturnType<typeof credentials>;

/** Most come with a key that opens something: what is behind the door is what is to be tried. */
const callers = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<Caller>("acme", "globex", "operator") },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Caller>(
      "nobody",
      "revoked",
      "both",
      "listed",
      "quoted",
      "basic",
      "binary",
      "huge",
    ),
  },
);

export function requestsFor(operation: DocumentedOperation, stock: Stock): fc.Arbitrary<FuzzRequest> {
  const build = (isFit: boolean) =>
    fc
      .record({
        caller: callers,
        path: pathOf(operation, stock, isFit),
        query: queryOf(operation, stock, isFit),
        headers: headersOf(operation, stock, isFit),
        content: contentOf(operation, isFit),
      })
      .map(({ caller, path, query, headers, content }) => ({
        operation: operation.id,
        caller,
        isFit,
        method: operation.method,
        target: path + query,
        headers: [...headers, ...content.headers],
        body: content.body,
        isChunked: content.isChunked,
      }));
  return fc.oneof({ weight: 2, arbitrary: build(true) }, { weight: 3, arbitrary: build(false) });
}

/** Spoilt parts come beside good ones: what is wrong everywhere is refused at the first glance. */
const either = <T>(isFit: boolean, good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  isFit ? good : fc.oneof({ weight: 2, arbitrary: good }, { weight: 1, arbitrary: bad });

const percent = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");

const encode = (text: string): string => percent(Buffer.from(text));

/** Parts of paths and queries that are no good anywhere. */
const nonsense: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "%2e%2e",
    "..",
    ".",
    "%2e",
    "..%2f..%2flivez",
    "%2F",
    "%5c",
    "%00",
    "%ff",
    "%c0%af",
    "%zz",
    "%",
  ),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "*",
    "undefined",
    "null",
    "-1",
    "0",
  ),
  fc.constantFrom(
    "a".repeat(5000),
    "job_",
    "job_%30",
    ";x=1",
    "{id}",
    "%7Bid%7D",
    "job_01ARZ3NDEKTSV4RRFFQ69G5FAV%20",
  ),
  fc.uint8Array({ minLength: 1, maxLength: 12 }).map(percent),
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }).map(encode),
);

function pathOf({ path }: DocumentedOperation, stock: Stock, isFit: boolean): fc.Arbitrary<string> {
  if (!path.includes("{id}")) return fc.constant(path);
  const { nobodys, ids } = idsFor(path, stock);
  const known = fc.constantFrom(...ids);
  const good = fc.oneof({ weight: 9, arbitrary: known }, { weight: 1, arbitrary: fc.constant(nobodys) });
  return either(isFit, good, nonsense).map((id) => path.replace("{id}", () => id));
}

function idsFor(path: string, { jobs, deliveries, endpoints }: Stock): { nobodys: string; ids: string[] } {
  if (path.startsWith("/v1/deliveries"))
    return { nobodys: "dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV_job", ids: deliveries };
  if (path.startsWith("/v1/webhook-endpoints"))
    return { nobodys: "ep_01ARZ3NDEKTSV4RRFFQ69G5FAV", ids: endpoints };
  return { nobodys: "job_01ARZ3NDEKTSV4RRFFQ69G5FAV", ids: jobs };
}

function queryOf(
  { path, parameters }: DocumentedOperation,
  stock: Stock,
  isFit: boolean,
): fc.Arbitrary<string> {
  const known = parameters.filter((parameter) => parameter.in === "query");
  const good = fc
    .tuple(...known.map((parameter) => pairsOf(parameter, stock.cursors.get(path) ?? "")))
    .map((pairs) => pairs.flat());
  const bad = fc.tuple(good, spoiltPairs(known)).map(([fit, spoilt]) => [...fit, ...spoilt]);
  return either(isFit, good, bad).map((pairs) => (pairs.length === 0 ? "" : `?${pairs.join("&")}`));
}

function pairsOf({ name, schema }: Parameter, cursor: string): fc.Arbitrary<string[]> {
  const value =
    name === "after" ? fc.constant(cursor) : name === "wait" ? fc.constantFrom(0, 1) : fromSchema(schema);
  const pairs = value.map((given) => [given].flat().map((each) => `${name}=${encode(String(each))}`));
  return fc.option(pairs, { nil: [], freq: 3 });
}

const spoiltPairs = (known: Parameter[]): fc.Arbitrary<string[]> => {
  const names = fc.oneof(fc.constantFrom(...known.map(({ name }) => name), "x"), nonsense);
  const shapes = fc.constantFrom(
    "=",
    "[]=",
    "[a][b]=",
    "==",
    "%00=",
    "=%00",
    "=1&=",
    "",
    "&&&",
    "[=",
    ".$gt=",
  );
  return fc.array(
    fc.tuple(names, shapes, nonsense).map(([name, shape, value]) => `${name}${shape}${value}`),
    { minLength: 1, maxLength: 4 },
  );
};

/** What makes sense in a header whose schema only says that it is text. */
const sensible: Record<string, fc.Arbitrary<string>> = {
  "Idempotency-Key": fc.oneof(fc.uuid(), fc.constantFrom("k", "order 42", "~".repeat(255))),
  Prefer: fc.constantFrom("wait=1", "wait=0", "respond-async", 'wait="1"; x=y, handling=strict'),
  "If-None-Match": fc.constantFrom('"1"', 'W/"3"', "*", '"1", "2", "3", "4", "5"', '"x"'),
  "Last-Event-ID": fc.constantFrom("0-0", "1-1", "9999999999999-0"),
};

/** Bytes that a header's value may have by RFC 9110, and some that it may not but Node lets through. */
const hostileHeader = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    ",",
    ",,,",
    ";",
    "=",
    '"',
    '"\\',
    "q=",
    "*",
    "*/*;q=2",
    "wait=-1",
    "wait=1e9",
    "wait=",
    "\x80",
  ),
  fc.constantFrom("a".repeat(4000), '"'.repeat(3000), ";".repeat(3000), ",=".repeat(1500), "\\".repeat(3000)),
  fc.stringMatching(/^[\x21-\x7e\x80-\xff]{1,60}$/),
);

const accepts = fc.constantFrom(
  "*/*",
  "application/json",
  "text/event-stream",
  "text/html",
  "application/json;q=0, */*",
);
const strays = fc.constantFrom(
  "X-Forwarded-For",
  "X-HTTP-Method-Override",
  "Origin",
  "Cookie",
  "If-Match",
  "Range",
  "TE",
);

function headersOf(
  { path, parameters }: DocumentedOperation,
  { cursors }: Stock,
  isFit: boolean,
): fc.Arbitrary<Header[]> {
  const known = parameters.filter((parameter) => parameter.in === "header");
  const accept: fc.Arbitrary<Header[]> = fc
    .option(accepts, { nil: null, freq: 2 })
    .map((value) => (value === null ? [] : [["Accept", value]]));
  const own = known.map(({ name }): fc.Arbitrary<Header[]> => {
    const cursor = name === "Last-Event-ID" ? cursors.get(path) : undefined;
    const good = cursor === undefined ? (sensible[name] ?? fc.string()) : fc.constant(cursor);
    const value = either(isFit, good, hostileHeader);
    const times = isFit ? fc.constant(1) : fc.constantFrom(1, 1, 1, 2, 20);
    const given = fc
      .tuple(value, times)
      .map(([text, n]) => Array.from({ length: n }, (): Header => [name, text]));
    return fc.option(given, { nil: [], freq: 2 });
  });
  const stray: fc.Arbitrary<Header[]> = isFit
    ? fc.constant([])
    : fc
        .option(fc.tuple(fc.oneof(strays, fc.constant("Accept")), hostileHeader), { nil: null, freq: 2 })
        .map((header) => (header === null ? [] : [header]));
  return fc.tuple(accept, stray, ...own).map((parts) => parts.flat());
}

type Content = { headers: Header[]; body: Buffer | null; isChunked: boolean };

const types = fc.constantFrom(
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  'application/json; charset="',
  "application/json; charset=utf-16",
  "APPLICATION/JSON",
  "application/json\t;x=1",
  "application/json, text/plain",
  "application/vnd.api+json",
  "",
);

function contentOf({ method, bodySchema }: DocumentedOperation, isFit: boolean): fc.Arbitrary<Content> {
  const empty: Content = { headers: [], body: null, isChunked: false };
  const takesBody = method === "POST" || method === "PATCH";
  if (!takesBody && isFit) return fc.constant(empty);
  const fit = bodySchema ? fromSchema(bodySchema) : fc.constant({});
  const body = either(
    isFit,
    fit.map((value) => Buffer.from(JSON.stringify(value))),
    spoilBody(fit),
  );
  const type = either(isFit, fc.constant("application/json"), types);
  const encoding = isFit
    ? fc.constant(null)
    : fc.option(fc.constantFrom("gzip", "br", "identity", "x"), { freq: 6 });
  const sent = fc
    .tuple(body, type, encoding, fc.boolean())
    .map(([bytes, name, coded, isChunked]): Content => ({
      headers: [
        ["Content-Type", name],
        ...(coded === null ? [] : [["Content-Encoding", coded] satisfies Header]),
      ],
      body: bytes,
      isChunked,
    }));
  return bodySchema && takesBody ? sent : fc.option(sent, { nil: empty, freq: 2 });
}

/** The request as bytes. `credential`: the values of its Authorization headers. */
export function toBytes(request: FuzzRequest, credential: string[]): Buffer {
  const { method, target, headers, body, isChunked } = request;
  const framing =
    body === null ? [] : [isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`];
  const head = [
    `${method} ${target} HTTP/1.1`,
    "Host: localhost",
    "Connection: close",
    ...credential.map((value) => `Authorization: ${value}`),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...framing,
  ];
  const start = Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1");
  if (body === null) return start;
  if (!isChunked) return Buffer.concat([start, body]);
  const chunk =
    body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")];
  return Buffer.concat([start, ...chunk, Buffer.from("0\r\n\r\n")]);
}
