/**
 * A snare lies on the way between one process and one of its servers, waits for one message, and lets the test act at
 * exactly that moment: before the server gets the message, or after the server has acted on it and before its answer
 * gets back. The product knows nothing of it.
 */
export type Snare<Message> = {
  when: "before" | "after";
  matches: (message: Message) => boolean;
  /** Runs while the message or the answer is held. "drop": whoever sent it is gone, and nothing passes any more. */
  spring: () => Promise<"drop" | "pass">;
};

/** What happened to a snare; it springs at most once. */
export type Sprung = { readonly hasSprung: boolean };
