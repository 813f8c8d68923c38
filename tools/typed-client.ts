// Writes test/client/schema.d.ts, the types of a client, from openapi.json; with --check only compares.
import { registerHooks } from "node:module";

import { keepFile } from "./keep-file.ts";

const COMMAND = "node tools/typed-client.ts";
const DOCUMENT = new URL("../openapi.json", import.meta.url);
const FILE = new URL("../test/client/schema.d.ts", import.meta.url);

/** The types as they should be. */
async function describeTypes(): Promise<string> {
  const { default: generate, astToString } = await loadGenerator();
  // What has a default may be left out of a request.
  const types = await generate(DOCUMENT, { defaultNonNullable: false, silent: true });
  return `// Written by \`${COMMAND}\` from openapi.json: change the routes, not this file.\n${astToString(types)}`;
}

/**
 * The generator prints with the API of TypeScript 5, which our own TypeScript no longer has. This package carries it, and
 * brings no second `tsc`.
 */
function loadGenerator() {
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier === "typescript" ? "@ts-morph/common/dist/typescript.js" : specifier, context),
  });
  return import("openapi-typescript");
}

const text = await describeTypes();
process.exitCode = await keepFile({ file: FILE, command: COMMAND, text }, process.argv.slice(2));
