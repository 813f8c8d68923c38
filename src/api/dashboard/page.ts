/** The frame of our own pages, and what any page under /admin may load. */
import { createHash } from "node:crypto";

import type { FastifyReply } from "fastify";

import { markup } from "./markup.ts";
import type { Markup } from "./markup.ts";

const STYLE = markup`
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 3rem auto; padding: 0 1.5rem; }
  h1 { font-size: 1.4rem; overflow-wrap: anywhere; }
  h2 { font-size: 1.1rem; margin-top: 2rem; }
  form { max-width: 22rem; }
  label, input, button { display: block; width: 100%; box-sizing: border-box; }
  input, button { font: inherit; padding: 0.5rem 0.7rem; border: 1px solid GrayText; border-radius: 6px; }
  input { margin-top: 0.3rem; }
  button { margin-top: 1rem; cursor: pointer; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; vertical-align: top; padding: 0.3rem 1.5rem 0.3rem 0; border-bottom: 1px solid #8884; }
  td { overflow-wrap: anywhere; }
  .fault { border-left: 4px solid #c33; padding-left: 0.8rem; }
  .note { opacity: 0.75; margin-top: 2rem; }
`;

/** Our one sheet is let in by its hash; everything else comes from files of this origin. */
export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; worker-src 'self'; " +
  `style-src 'self' 'sha256-${createHash("sha256").update(STYLE.text).digest("base64")}'; ` +
  "base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/** The empty icon keeps browsers from asking for one that is not there. */
export function sendPage(reply: FastifyReply, title: string, body: Markup) {
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
${body}
</body>
</html>
`;
  return reply.type("text/html; charset=utf-8").send(page.text);
}
