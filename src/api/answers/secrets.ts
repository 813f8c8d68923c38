/** What verifies a webhook. */
import { z } from "zod";

export const secretsAnswer = z
  .strictObject({
    secrets: z
      .array(z.string().describe("`whsec_` and base64."))
      .min(1)
      .describe("The current one first; several while a secret is rotated, and each of them signs."),
  })
  .meta({
    id: "WebhookSecrets",
    description: "The caller's own secrets: those that sign the webhooks that its jobs name.",
    examples: [{ secrets: ["whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="] }],
  });
