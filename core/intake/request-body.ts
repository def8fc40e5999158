import type { IncomingMessage } from 'node:http';
import { AttituneError } from '../model/errors.js';

/** Of one request. */
export const BODY_LIMIT_BYTES = 256 * 1024;

/** The body as text; `undefined` where it is too long: then the rest is not read. Rejects with `protocol` where it breaks off. */
export async function bodyOf(request: IncomingMessage, limit = BODY_LIMIT_BYTES): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) return undefined;
      chunks.push(chunk);
    }
  } catch (error) {
    throw AttituneError.from(error, 'protocol', 'the request broke off');
  }
  return Buffer.concat(chunks).toString('utf8');
}
