const DELAY = /^\s*\+?(\d+(?:\.\d+)?|\.\d+)\s*(s|ms)\s*$/;

/** Milliseconds of a delay in the form of CSS 2 (`1s`, `.5s`, `200ms`), or `undefined` where it is none. */
export function parseDelay(text: string): number | undefined {
  const match = DELAY.exec(text);
  return match ? Number(match[1]) * (match[2] === 's' ? 1000 : 1) : undefined;
}
