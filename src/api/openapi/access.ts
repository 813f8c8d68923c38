/** Whose key a route takes, as its `security`. Without one of these it takes a tenant's. */
export const forReaders = [{ tenantKey: [] }, { operatorKey: [] }];
export const forOperator = [{ operatorKey: [] }];
export const forAnybody = [];
export const forMonitors = [{ operatorKey: [] }, {}];

export const securitySchemes = {
  tenantKey: { type: "http", scheme: "bearer", description: "A tenant's API key." },
  operatorKey: { type: "http", scheme: "bearer", description: "The operator's `ADMIN_KEY`." },
};
