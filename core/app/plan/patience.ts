/** Who waits longer than this is told what goes on, and again after as long. */
const SOON_MS = 2000;

/**
 * A clock for a search, which holds up everything else while it runs: as it looks at the time, `tell` hears how long it
 * has taken already, every two seconds.
 */
export function patientClock(now: () => number, tell: (elapsedMs: number) => void): () => number {
  const began = now();
  let next = began + SOON_MS;
  return () => {
    const at = now();
    if (at >= next) {
      next = at + SOON_MS;
      tell(at - began);
    }
    return at;
  };
}
