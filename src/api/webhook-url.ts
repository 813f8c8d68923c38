import { z } from "zod";

import { checkWebhookUrl } from "../shared/webhook/guard.ts";
import type { AddressPolicy } from "../shared/webhook/guard.ts";

/** An address that webhooks may go to, as far as that can be known without DNS; `policy` decides which are thinkable. */
export const webhookUrl = (policy: AddressPolicy) =>
  z
    .string("must be a string")
    .superRefine((value, context) => {
      const checked = checkWebhookUrl(value, policy);
      if (!checked.ok) context.addIssue({ code: "custom", message: checked.message });
    })
    .meta({ format: "uri", description: "A public https address; it gets signed POSTs." });
