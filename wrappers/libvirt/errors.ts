/** libvirt's errors as errors of ours: its number, name, part and level are kept in `details`. */
import { AttituneError } from '../../core/model/errors.js';
import type { ErrorCode } from '../../core/model/errors.js';
import { virErrorNumber } from './constants.js';
import type { RemoteError } from './rpc/remote-types.js';
import { virErrorDomainName, virErrorName } from './virterror.js';

/** What an error number means here, and what an administrator is told to do besides libvirt's own words. */
interface Meaning {
  readonly code: ErrorCode;
  readonly advice?: string;
  /** The number means something else where one of these parts of libvirt raised it. */
  readonly notFrom?: readonly string[];
  /** Only with one of these errors of the system. */
  readonly errno?: readonly number[];
}

const STORAGE = ['VIR_FROM_STORAGE', 'VIR_FROM_STREAMS'];
const DENIED = 'The account of this connection may not do that: see auth_unix_rw, polkit and access_drivers there.';
/** `EFBIG`, `ENOSPC`, `EDQUOT` of Linux. */
const NO_ROOM = [27, 28, 122];

/** libvirt's error numbers that mean the same in every call; all others are `hypervisor`. The first that fits holds. */
const MEANINGS: readonly (readonly [number, Meaning])[] = [
  [virErrorNumber.VIR_ERR_NO_DOMAIN, { code: 'domain-not-found' }],
  [virErrorNumber.VIR_ERR_DOM_EXIST, { code: 'domain-exists' }],
  [virErrorNumber.VIR_ERR_OPERATION_INVALID, { code: 'domain-state', notFrom: [...STORAGE, 'VIR_FROM_NETWORK'] }],
  [virErrorNumber.VIR_ERR_OPERATION_ABORTED, { code: 'migration-aborted', notFrom: STORAGE }],
  [virErrorNumber.VIR_ERR_AGENT_UNRESPONSIVE, { code: 'guest-agent' }],
  [virErrorNumber.VIR_ERR_AGENT_UNSYNCED, { code: 'guest-agent' }],
  [virErrorNumber.VIR_ERR_AGENT_COMMAND_TIMEOUT, { code: 'guest-agent' }],
  [virErrorNumber.VIR_ERR_AGENT_COMMAND_FAILED, { code: 'guest-agent' }],
  [virErrorNumber.VIR_ERR_NO_STORAGE_POOL, { code: 'unknown-storage' }],
  [virErrorNumber.VIR_ERR_NO_STORAGE_VOL, { code: 'unknown-storage' }],
  [virErrorNumber.VIR_ERR_STORAGE_VOL_EXIST, { code: 'storage-exists' }],
  [virErrorNumber.VIR_ERR_SYSTEM_ERROR, { code: 'no-capacity', errno: NO_ROOM }],
  [virErrorNumber.VIR_ERR_OPERATION_DENIED, { code: 'hypervisor', advice: DENIED }],
  [virErrorNumber.VIR_ERR_ACCESS_DENIED, { code: 'hypervisor', advice: DENIED }],
  [virErrorNumber.VIR_ERR_AUTH_FAILED, { code: 'hypervisor', advice: DENIED }],
  [virErrorNumber.VIR_ERR_AUTH_CANCELLED, { code: 'hypervisor', advice: DENIED }],
  [virErrorNumber.VIR_ERR_AUTH_UNAVAILABLE, { code: 'hypervisor', advice: DENIED }],
  [
    virErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
    { code: 'hypervisor', advice: "The domain asks for what this host's QEMU or libvirt cannot do." },
  ],
];

/** The error of a failed call. `peer` tells which host spoke. */
export function toAttituneError(error: RemoteError, peer: string): AttituneError {
  const libvirtName = virErrorName(error.code);
  const libvirtDomain = virErrorDomainName(error.domain);
  const message = error.message ?? libvirtName;
  const { code, advice } = meaningOf(error, libvirtDomain);
  return new AttituneError(code, `${peer}: ${advice === undefined ? message : `${message}. ${advice}`}`, {
    details: {
      libvirtCode: error.code,
      libvirtName,
      libvirtDomain,
      level: error.level,
      libvirtMessage: error.message ?? '',
      ...(error.code === virErrorNumber.VIR_ERR_SYSTEM_ERROR && { errno: error.int1 }),
    },
  });
}

function meaningOf({ code, int1 }: RemoteError, part: string): Meaning {
  const fits = ({ notFrom, errno }: Meaning) => !notFrom?.includes(part) && (errno?.includes(int1) ?? true);
  const found = MEANINGS.find(([number, meaning]) => number === code && fits(meaning));
  return found?.[1] ?? { code: 'hypervisor' };
}

/** libvirt's own number of an error that came from libvirt. */
export function libvirtCode(error: unknown): number | undefined {
  if (!AttituneError.is(error)) return undefined;
  const { libvirtCode: code } = error.details;
  return typeof code === 'number' ? code : undefined;
}

/** The same error under another code, with what it means for the administrator in front. */
export function recoded(error: AttituneError, code: ErrorCode, message: string): AttituneError {
  return new AttituneError(code, message, { cause: error, details: error.details });
}
