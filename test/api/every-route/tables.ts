// What every route answers in the same way, so that one table tests it for all of them.
import { ADMIN, ACME } from "../../support/api.ts";
import { operations, type DocumentedOperation } from "../../support/documented.ts";

export const takesBody = ({ method }: DocumentedOperation) => method === "POST" || method === "PATCH";
const takesKey = ({ keys }: DocumentedOperation) => keys.length > 0;
const takesId = ({ path }: DocumentedOperation) => path.includes("{id}");
/** Nobody but a tenant, whatever the id. */
const isTenants = ({ path }: DocumentedOperation) => path.startsWith("/v1/webhook-endpoints");
const isOperators = ({ keys }: DocumentedOperation) => keys.every((key) => key === "operatorKey");

/** For which routes a file of this folder tests a status. All else is tested in the route's own folder. */
const tables: Record<number, (operation: DocumentedOperation) => boolean> = {
  400: takesBody,
  401: takesKey,
  403: (operation) =>
    takesKey(operation) && operation.keys.length === 1 && (!takesId(operation) || isTenants(operation)),
  404: (operation) => takesId(operation) || (takesKey(operation) && isOperators(operation)),
  413: takesBody,
  415: takesBody,
  422: takesKey,
  429: takesKey,
  500: takesKey,
  503: takesKey,
};

export const isTabled = (operation: DocumentedOperation, status: number): boolean =>
  tables[status]?.(operation) ?? false;

/** The rows of a status: how the route is called in a test's name, and the route. */
export const rowsOf = (status: number): [string, DocumentedOperation][] =>
  operations
    .filter((operation) => isTabled(operation, status))
    .map((operation) => [`${operation.method} ${operation.path}`, operation]);

/** The path, with an id that nobody has. */
export const pathOf = ({ path }: DocumentedOperation): string =>
  path.replace("{id}", `${prefixes.find(([start]) => path.startsWith(start))?.[1]}${NOBODYS}`);

/** What the ids of a route begin with. */
const prefixes = [
  ["/v1/deliveries", "dlv_"],
  ["/v1/webhook-endpoints", "ep_"],
  ["", "job_"],
] as const;

const NOBODYS = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/** A key that the route takes. */
export const keyOf = ({ keys }: DocumentedOperation): string => (keys.includes("tenantKey") ? ACME : ADMIN);

/** The body that the route takes, as the option of a call. */
export const bodyOf = (operation: DocumentedOperation): { body?: object } =>
  takesBody(operation) ? { body: operation.body } : {};
