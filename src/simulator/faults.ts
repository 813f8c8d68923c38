/**
 * Faults are ordered in one grammar, by markers in a job's prompt or by `POST /sim/faults`:
 *
 *   [[sim:poll=404]]                  every time
 *   [[sim:poll=404x2]]                the first two times (a space may stand before the x)
 *   [[sim:end=failed:out of memory]]  with an argument, which runs to the closing brackets
 *   [[sim:poll=429 x2:7]]             both
 *   [[sim:gen=3000]]                  the generation takes 3000 ms (before the time scale)
 *   [[job:abc]]                       names the job in the ledger
 *
 * A prompt may hold many. Directives of `submit`, `poll` and `file` run one after the other: `poll=404x2` and then
 * `poll=500x1` spoils three looks. All directives of `shape` apply together. `end` and `gen` hold once for a task: the
 * last one wins. Submits are counted by prompt, looks and downloads by task. An unknown word is refused with
 * INVALID_REQUEST_BODY, so that a typo cannot pass for a test.
 */
import { milliseconds, type Directive, type Fault } from "./faults/fault.ts";
import { endFaults, type EndFault } from "./faults/end.ts";
import { fileFaults, type FileFault } from "./faults/file.ts";
import { pollFaults, type PollFault } from "./faults/poll.ts";
import { shapeFaults, type ShapeFault } from "./faults/shape.ts";
import { submitFaults, type SubmitFault } from "./faults/submit.ts";

interface FaultOf {
  submit: SubmitFault;
  poll: PollFault;
  shape: ShapeFault;
  end: EndFault;
  gen: Fault;
  file: FileFault;
}

export type Channel = keyof FaultOf;
export type DirectiveOf<C extends Channel> = Directive<FaultOf[C]>;
/** All that a prompt orders. */
export type Script = { [C in Channel]: DirectiveOf<C>[] };

const tables: { [C in Channel]: readonly FaultOf[C][] } = {
  submit: submitFaults,
  poll: pollFaults,
  shape: shapeFaults,
  end: endFaults,
  gen: [{ name: "time", does: "the generation takes exactly this long", argument: milliseconds }],
  file: fileFaults,
};

const channels = ["submit", "poll", "shape", "end", "gen", "file"] as const satisfies Channel[];

/** One row of the table as it is served at `GET /sim/faults`. */
export interface FaultRow {
  channel: Channel;
  name: string;
  argument: string | null;
  example: string;
  does: string;
}

export function listFaults(): FaultRow[] {
  return channels.flatMap((channel) => tables[channel].map((fault) => describeFault(channel, fault)));
}

/** @throws FaultError naming the word that is not in the table. */
export function readMarkers(prompt: string): Script {
  return readScript(markersIn(prompt));
}

export function markersIn(prompt: string): string[] {
  return Array.from(prompt.matchAll(/\[\[sim:(.*?)\]\]/gs), ([, order = ""]) => order);
}

/** Reads orders such as `poll=404x2`, the insides of markers. @throws FaultError */
export function readScript(texts: readonly string[]): Script {
  const orders = texts.map(splitOrder);
  return {
    submit: readChannel("submit", orders),
    poll: readChannel("poll", orders),
    shape: readChannel("shape", orders),
    end: readChannel("end", orders),
    gen: readChannel("gen", orders),
    file: readChannel("file", orders),
  };
}

export class FaultError extends Error {}

interface Order {
  channel: Channel;
  fault: string;
}

function splitOrder(text: string): Order {
  const [, word = "", fault = ""] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  const channel = channels.find((known) => known === word);
  if (channel === undefined) throw new FaultError(`"${text}" names no channel of ${channels.join(", ")}`);
  return { channel, fault: channel === "gen" ? `time:${fault}` : fault };
}

function readChannel<C extends Channel>(channel: C, orders: readonly Order[]): DirectiveOf<C>[] {
  return orders
    .filter((order) => order.channel === channel)
    .map(({ fault }) => readDirective(channel, fault));
}

function readDirective<C extends Channel>(channel: C, text: string): DirectiveOf<C> {
  const [, name, times, argument] = /^([\w-]+?)(?:\s*x(\d+))?(?::(.*))?$/s.exec(text) ?? [];
  const fault = tables[channel].find((row) => row.name === name);
  if (fault === undefined) throw new FaultError(`${channel} has no fault "${text}"`);
  if (argument !== undefined && !fault.argument?.pattern.test(argument))
    throw new FaultError(
      `${channel}=${fault.name} takes ${fault.argument?.means ?? "no argument"}, not "${argument}"`,
    );
  return { fault, argument, times: times === undefined ? null : Number(times) };
}

function describeFault(channel: Channel, { name, does, argument }: Fault): FaultRow {
  const order = channel === "gen" ? "3000" : name + (argument ? `:${argument.example}` : "");
  return { channel, name, argument: argument?.means ?? null, example: `[[sim:${channel}=${order}]]`, does };
}
