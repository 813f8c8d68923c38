import { noQuery } from "../schemas.ts";

/** A route for people: the API's description leaves it out. */
export const hidden = { schema: { hide: true, querystring: noQuery } };
