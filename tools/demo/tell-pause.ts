import { z } from "zod";
import { DemoError } from "./demo-error.ts";
import { call } from "./http.ts";
import type { Installation } from "./installation.ts";
import type { Screen } from "./screen.ts";

const Pause = z.object({ paused: z.boolean(), by: z.string().nullable(), reason: z.string().nullable() });

type Subject = Pick<Installation, "apiUrl" | "credentials">;

/**
 * While submissions are paused nothing is bought, and the demo waits for its video: says so, and how to resume. With
 * `isOnce` it fails, since nobody is there to do it.
 */
export async function tellPause(
  screen: Pick<Screen, "say">,
  { apiUrl, credentials }: Subject,
  isOnce: boolean,
): Promise<void> {
  const authorization = `Bearer ${credentials.adminKey}`;
  const { status, body } = await call("GET", `${apiUrl}/v1/admin/submissions`, {
    headers: { authorization },
  });
  if (status !== 200) throw new DemoError(`GET /v1/admin/submissions was answered ${status}.`);
  const { paused, by, reason } = Pause.parse(body);
  if (!paused) return;
  const said = `Submissions are paused by ${by}, so nothing is bought. ${reason ?? "No reason is given."}`;
  if (isOnce) throw new DemoError(`${said} Run the demo without --once, which shows how to resume.`);
  screen.say(`\n${said}`, "loud");
  screen.say("To resume, in another terminal:");
  screen.say(`curl -X POST -H "Authorization: ${authorization}" ${apiUrl}/v1/admin/submissions/resume`);
}
