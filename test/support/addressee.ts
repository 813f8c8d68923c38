import type { Delivery } from "../../src/shared/delivery.ts";
import type { Addressee } from "../../src/worker/addressee.ts";

/** To the address that the job names, signed with these secrets: how `deliverEvent` finds whom it sends to. */
export const signedWith =
  (...secrets: string[]) =>
  async ({ url }: Pick<Delivery, "url">): Promise<Addressee> => ({
    as: "reachable",
    url,
    secrets,
    headers: {},
  });

/** For deliveries to addresses that jobs name: there is no endpoint to disable. */
export const disableEndpoint = async (): Promise<void> => {};
