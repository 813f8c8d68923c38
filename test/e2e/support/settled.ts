/** What one of many pieces of work came to, when one that fails must not stop the others; undefined: it never ended. */
export type Settled<T> = PromiseSettledResult<T> | undefined;

export async function settled<T>(work: Promise<T>): Promise<Settled<T>> {
  return (await Promise.allSettled([work]))[0];
}

/** Throws what the work threw, in the test that asks. */
export function valueOf<T>(result: Settled<T>): T {
  if (result?.status === "fulfilled") return result.value;
  throw new Error("there is no outcome", { cause: result?.reason });
}
