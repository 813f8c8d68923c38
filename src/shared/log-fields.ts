/** Every field that a log line may carry, and what it means: one name means the same thing in all of them. */

/** `type` is for the reader of the page; `sample` is for the compiler alone, and never there. */
type Field<T> = { type: string; means: string; sample?: T };

const text = (means: string): Field<string> => ({ type: "text", means });
const textOrNull = (means: string): Field<string | null> => ({ type: "text or null", means });
const number = (means: string): Field<number> => ({ type: "number", means });
const numberOrNull = (means: string): Field<number | null> => ({ type: "number or null", means });
const list = <T>(means: string): Field<T[]> => ({ type: "list", means });
const error = (means: string): Field<unknown> => ({ type: "object", means });
const flag = (means: string): Field<boolean> => ({ type: "true or false", means });

export const logFields = {
  job_id: textOrNull("the job; null: of an event that is about no job"),
  tenant: textOrNull("whose job, delivery or request it is; `*` is the operator"),
  status: text("the status afterwards, of the job or delivery; `gone`: its record is no more"),
  from: text("the status before"),
  model: text("the model that the job asks for"),
  attempt_id: text("the paid request"),
  attempt: number("the attempt's number, from 1"),
  attempts: number("attempts to buy so far, those proven unsent left out"),
  task_id: textOrNull("Novita's task"),
  look: number("the number of this look at the task, from 1"),
  polls: number("looks so far, at all tasks of the job"),
  outcome: text("what came of it, in one word"),
  reason: textOrNull(
    "Novita's code, if it gave one (free text may quote the prompt, and is left out); the operator's reason",
  ),
  cause: text(
    "what stops submissions: `account`, `proxy` or `trouble`; why a request was not sent: `connect` or `deadline`",
  ),
  message: text("why, in words of ours"),
  billing: text("`billed`, `unknown` or `not_billed`: the worst over all attempts"),
  error_code: textOrNull("the code of the job's or the attempt's error; null: none"),
  http_status: numberOrNull(
    "the status of an HTTP answer, ours or that of whom we asked; null: there was none",
  ),
  duration_ms: number("how long it took, in ms"),
  wait_ms: number("from the job's intake to this paid request, in ms"),
  generation_ms: numberOrNull("from Novita's acceptance to the video, in ms; null: there is none"),
  delay_ms: number("from the event to the end of this attempt, in ms"),
  about: text("what the API asks a worker to look for: `video` or `attach`"),
  answer: textOrNull("what the look tells those who asked"),
  delivery_id: text("the delivery"),
  endpoint_id: text("the endpoint"),
  disabled_reason: text("`gone`: its receiver answered 410; `failing`: nothing but failures for five days"),
  event_id: text("the event, which receivers know as `webhook-id`"),
  event: text("the type of the event"),
  generation: number("1, and one more with each redelivery"),
  matched: number("how many deliveries fitted"),
  redelivering: number("how many of them are sent again"),
  skipped: number("how many fitted besides, but go to an endpoint that is deleted or disabled"),
  method: text("the method of the request"),
  route: text("the route, its parameters unfilled; `unknown`: none"),
  cut_off: flag("the caller went before the answer was complete"),
  key: text("the id of the caller's key, which tells nothing of the key"),
  by: text("who decided: the operator, or a tenant and its key"),
  subject: textOrNull("what was decided about"),
  stage: text("`submit`, `poll` or `deliver`"),
  id: text("the job or the delivery, whichever it is"),
  n: number("which of its queue entries"),
  entry: text("the queue entry's own id"),
  url: text("where the process listens"),
  address: text("the network address that a request came from"),
  signal: text("what asked the process to stop"),
  origin: text("the receiver: scheme, host and port; nothing else of its address"),
  open_ms: number("for how long nothing is sent there, in ms"),
  closed: flag("everything under way was finished in time"),
  what: text("how Redis came to forget: `wiped`, `went_back` or `restored`"),
  paused: flag("submissions are paused for it"),
  jobs: number("how many jobs there are"),
  faults: list<string>("what has to be changed"),
  risks: list<string>("what may be lost, and what to change"),
  variable: text("the setting that asks for it"),
  wake_ups: list<object>("stages that could not be woken"),
  err: error("type, message, code, stack and cause of an error"),
};

export type FieldName = keyof typeof logFields;
export type FieldType<F extends FieldName> = (typeof logFields)[F] extends Field<infer T> ? T : never;
