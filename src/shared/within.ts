/** Waiting, but no longer than the ms given: for what may hang for ever, such as closing a lost connection. */

/** Whether the work ended in time. */
export const within = async (ms: number, work: Promise<unknown>): Promise<boolean> =>
  (await resultWithin(
    ms,
    work.then(() => true),
  )) ?? false;

/** What the work has brought, or null when it did not end in time; it goes on all the same. */
export async function resultWithin<T>(ms: number, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
