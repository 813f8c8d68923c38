/** `npm run keys`: makes, lists and revokes the keys of tenants. */
import { runKeys } from "./command.ts";

process.exitCode = await runKeys(process.argv.slice(2));
