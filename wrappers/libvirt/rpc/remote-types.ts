/** Types that many calls of libvirt's remote protocol share. Source: `remote_protocol.x` and `virnetprotocol.x`. */
import { Buffer } from 'node:buffer';
import { fixedOpaque, int, string } from './xdr.js';
import type { Codec, Infer } from './xdr.js';
import { optional, struct } from './xdr-composites.js';

/** REMOTE_STRING_MAX, VIR_NET_MESSAGE_STRING_MAX. */
export const text = string(4_194_304);

const uuidBytes = fixedOpaque(16);

/** A uuid in its usual form of 36 characters. */
export const uuid: Codec<string> = {
  write: (writer, value) => uuidBytes.write(writer, uuidToBytes(value)),
  read: (reader) => uuidFromBytes(uuidBytes.read(reader)),
};

function uuidToBytes(value: string): Buffer {
  return Buffer.from(value.replaceAll('-', ''), 'hex');
}

function uuidFromBytes(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** `remote_nonnull_domain`: how a domain is named in calls. `id` is -1 where it is not active. */
export const remoteDomain = struct({ name: text, uuid, id: int });
export type RemoteDomain = Infer<typeof remoteDomain>;

const remoteNetwork = struct({ name: text, uuid });

/** `virNetMessageError`: the error of a failed call. */
export const remoteError = struct({
  code: int,
  domain: int,
  message: optional(text),
  level: int,
  dom: optional(remoteDomain),
  str1: optional(text),
  str2: optional(text),
  str3: optional(text),
  int1: int,
  int2: int,
  net: optional(remoteNetwork),
});
export type RemoteError = Infer<typeof remoteError>;
