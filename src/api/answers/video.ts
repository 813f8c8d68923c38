/** Where a job's video is. */
import { z } from "zod";

export const videoAnswer = z
  .strictObject({
    url: z.string().describe("A link that works now, to anybody who has it."),
    expires_at: z.iso.datetime().nullable().describe("When the link dies; null when Novita did not say."),
  })
  .meta({
    id: "VideoLink",
    description: "A link to a job's video.",
    examples: [{ url: "https://files.example.com/9a1c6f0e.mp4", expires_at: "2026-01-01T01:00:00.000Z" }],
  });
