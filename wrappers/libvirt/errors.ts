/** libvirt's errors as errors of ours: its number, name, part and level are kept in `details`. */
import { AttituneError } from '../../core/model/errors.js';
import type { ErrorCode } from '../../core/model/errors.js';
import { virErrorNumber } from './constants.js';
import type { RemoteError } from './rpc/remote-types.js';
import { virErrorDomainName, virErrorName } from './virterror.js';

/** libvirt's error numbers that mean the same in every call; all others are `hypervisor`. */
const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [virErrorNumber.VIR_ERR_NO_DOMAIN, 'domain-not-found'],
  [virErrorNumber.VIR_ERR_DOM_EXIST, 'domain-exists'],
  [virErrorNumber.VIR_ERR_OPERATION_INVALID, 'domain-state'],
  [virErrorNumber.VIR_ERR_OPERATION_ABORTED, 'migration-aborted'],
  [virErrorNumber.VIR_ERR_AGENT_UNRESPONSIVE, 'guest-agent'],
  [virErrorNumber.VIR_ERR_AGENT_UNSYNCED, 'guest-agent'],
  [virErrorNumber.VIR_ERR_AGENT_COMMAND_TIMEOUT, 'guest-agent'],
  [virErrorNumber.VIR_ERR_AGENT_COMMAND_FAILED, 'guest-agent'],
]);

/** The error of a failed call. `peer` tells which host spoke. */
export function toAttituneError(error: RemoteError, peer: string): AttituneError {
  const libvirtName = virErrorName(error.code);
  return new AttituneError(CODES.get(error.code) ?? 'hypervisor', `${peer}: ${error.message ?? libvirtName}`, {
    details: {
      libvirtCode: error.code,
      libvirtName,
      libvirtDomain: virErrorDomainName(error.domain),
      level: error.level,
      libvirtMessage: error.message ?? '',
    },
  });
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
