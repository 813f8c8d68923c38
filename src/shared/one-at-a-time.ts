/**
 * Whoever asks while the work is under way gets the same answer: what waits for a frozen Redis would otherwise pile up, and
 * come down on it all at once when it thaws.
 */
export function oneAtATime<T>(work: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | null = null;
  return () =>
    (underWay ??= work().finally(() => {
      underWay = null;
    }));
}
