import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Which names this console answers to. */
export interface Guard {
  /** The `Host` header as `name:port` if it may be served, else `undefined`. */
  host(headers: IncomingHttpHeaders): string | undefined;
  /** True for a WebSocket of this console's own page, or of a program that is no browser and sends no `Origin`. */
  origin(headers: IncomingHttpHeaders): boolean;
}

/**
 * A page of somebody else's can make a browser connect here: by a name of its own that it lets point to this address
 * (DNS rebinding), or by a cross-site WebSocket, which no same-origin policy stops. So a `Host` must be an address as
 * such, `localhost`, or one of `names`; and an `Origin` must be the very `Host`.
 */
export function guardFor(names: readonly string[]): Guard {
  const known = new Set(['localhost', ...names.map((name) => name.toLowerCase())]);
  const host: Guard['host'] = ({ host: header }) => {
    if (header === undefined || !/^[\w.:[\]-]+$/.test(header) || !URL.canParse(`http://${header}`)) return undefined;
    const name = new URL(`http://${header}`).hostname;
    const address = name.startsWith('[') ? name.slice(1, -1) : name;
    return isIP(address) > 0 || known.has(name) ? header : undefined;
  };
  return {
    host,
    origin: (headers) => {
      const served = host(headers);
      return served !== undefined && (headers.origin === undefined || headers.origin === `http://${served}`);
    },
  };
}

/** The headers of every answer: nothing from elsewhere, no inline script or style, no guessing of types, no framing. */
export function securityHeaders(host: string): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    // not every browser counts a WebSocket as 'self'
    `connect-src 'self' ws://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-cache',
  };
}
