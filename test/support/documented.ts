// The API as openapi.json describes it: which operations there are, and whether an answer is one that they document.
import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { z } from "zod";

const Schema = z.record(z.string(), z.unknown());
const Response = z.object({
  headers: z.record(z.string(), z.unknown()).default({}),
  content: z.record(z.string(), z.object({ schema: Schema })).default({}),
});
const Parameter = z.object({
  name: z.string(),
  in: z.enum(["path", "query", "header"]),
  required: z.boolean(),
  schema: Schema,
});
const Operation = z.object({
  operationId: z.string(),
  parameters: z.array(Parameter).default([]),
  security: z.array(z.record(z.string(), z.unknown())).default([{ tenantKey: [] }]),
  requestBody: z
    .object({
      content: z.object({ "application/json": z.object({ schema: z.object({ $ref: z.string() }) }) }),
    })
    .optional(),
  responses: z.record(z.string(), z.union([z.object({ $ref: z.string() }), Response])),
});
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({
    schemas: z.record(z.string(), Schema),
    responses: z.record(z.string(), Response),
    headers: z.record(z.string(), z.unknown()),
  }),
});
export type Schema = z.infer<typeof Schema>;
export type Parameter = z.infer<typeof Parameter>;
type Response = z.infer<typeof Response>;
type Operation = z.infer<typeof Operation>;

const file = readFileSync(new URL("../../openapi.json", import.meta.url), "utf8");
const { paths, components } = Document.parse(JSON.parse(file, adapt));

/**
 * Callers are told to ignore members that they do not know; here one that is not documented is a fault. References lead
 * into the document from wherever they stand.
 */
function adapt(key: string, value: unknown): unknown {
  if (key === "$ref") return `openapi.json${String(value)}`;
  const isObject = typeof value === "object" && value !== null;
  const isOpen = isObject && "properties" in value && !("additionalProperties" in value);
  return isOpen ? { ...value, additionalProperties: false } : value;
}

export type DocumentedOperation = {
  id: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its parameters in braces. */
  path: string;
  /** The names of the keys that it wants; none: there is a way without one. */
  keys: string[];
  /** The statuses that it may answer. */
  statuses: number[];
  /** A body that it understands. */
  body: object;
  /** What its body must be; null: it takes none, or an empty one. */
  bodySchema: Schema | null;
  parameters: Parameter[];
};

export const operations: DocumentedOperation[] = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    id: operation.operationId,
    method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).parse(method.toUpperCase()),
    path,
    keys: keysOf(operation.security),
    statuses: Object.keys(operation.responses).map(Number),
    body: exampleOf(operation.requestBody?.content["application/json"].schema.$ref),
    bodySchema: operation.requestBody?.content["application/json"].schema ?? null,
    parameters: operation.parameters,
  })),
);

/** What a reference of the document leads to; any other schema is itself. */
export function resolveSchema(schema: Schema): Schema {
  const { $ref: reference } = schema;
  return typeof reference === "string" ? (components.schemas[lastOf(reference)] ?? {}) : schema;
}

/** Whether the value is one that the schema documents. */
export const fitsSchema = (schema: Schema, value: unknown): boolean =>
  validatorOf(JSON.stringify(schema))(value);

/** Of a body that is not documented, since it may only be empty: an empty one. */
function exampleOf(reference = ""): object {
  const examples = components.schemas[lastOf(reference)]?.["examples"];
  return z.tuple([Schema]).rest(Schema).default([{}]).parse(examples)[0];
}

export type Received = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
};

/** What any route may answer, and none lists. */
const UNLISTED = new Set([405, 408, 431, 500]);

/** Throws unless the answer's status, headers, type and body are those that the route documents. */
export function checkAnswer(method: string, path: string, received: Received): void {
  const operation = findOperation(method, path);
  const isListed = operation && !UNLISTED.has(received.status);
  const fault = isListed ? faultOfListed(operation, received) : faultOfUnlisted(received);
  if (fault === null || method === "HEAD") return;
  const name = operation?.operationId ?? "no documented route";
  throw new Error(
    `${method} ${path} (${name}) answers ${received.status}, and ${fault}. openapi.json is made by \`node tools/openapi.ts\`.\n${received.text}`,
  );
}

const routes = Object.entries(paths)
  .map(([path, item]) => ({
    pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
    path,
    item,
  }))
  // A fixed segment goes before a parameter.
  .sort((a, b) => a.path.split("{").length - b.path.split("{").length);

function findOperation(method: string, path: string): Operation | undefined {
  const [pathname = ""] = path.split("?");
  if (!isDecodable(pathname)) return undefined;
  return routes.find(({ pattern }) => pattern.test(pathname))?.item[method.toLowerCase()];
}

function isDecodable(pathname: string): boolean {
  try {
    return decodeURIComponent(pathname) !== "";
  } catch {
    return false;
  }
}

function faultOfListed({ responses }: Operation, { status, headers, text }: Received): string | null {
  const response = resolve(responses[status]);
  if (!response) return "this status is not documented";
  const strays = Object.keys(components.headers).filter(
    (name) => headers[name.toLowerCase()] !== undefined && !(name in response.headers),
  );
  if (strays.length > 0) return `these headers are not documented: ${strays.join(", ")}`;
  if (Object.keys(response.content).length === 0) return text === "" ? null : "no body is documented";
  const [type = ""] = String(headers["content-type"]).split(";");
  const documented = response.content[type];
  if (!documented) return `the type ${type} is not documented`;
  return type.endsWith("json") ? faultOfBody(documented.schema, text) : null;
}

const resolve = (response: Operation["responses"][string] | undefined): Response | undefined =>
  response && "$ref" in response ? components.responses[lastOf(response.$ref)] : response;

function lastOf(reference: string): string {
  return reference.split("/").at(-1) ?? "";
}

/** What is not documented may only be a problem, or a page. */
const faultOfUnlisted = ({ status, text }: Received): string | null =>
  status < 400 ? null : faultOfBody({ $ref: "openapi.json#/components/schemas/Problem" }, text);

const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: {
    "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    uri: (text: string) => URL.canParse(text),
  },
}).addSchema({ components }, "openapi.json");

function faultOfBody(schema: Schema, text: string): string | null {
  if (text === "") return "its body is empty";
  const validate = validatorOf(JSON.stringify(schema));
  if (validate(JSON.parse(text))) return null;
  const faults = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
  );
  return `its body is not as it is documented: ${faults.join("; ")}`;
}

const validators = new Map<string, ValidateFunction>();

function validatorOf(schema: string): ValidateFunction {
  const validate = validators.get(schema) ?? ajv.compile(JSON.parse(schema));
  validators.set(schema, validate);
  return validate;
}

/** An alternative without a key makes all keys optional. */
function keysOf(security: Record<string, unknown>[]): string[] {
  const alternatives = security.map((names) => Object.keys(names));
  return alternatives.some((names) => names.length === 0) ? [] : alternatives.flat();
}
