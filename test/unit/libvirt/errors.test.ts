import { expect } from 'chai';
import { libvirtCode, recoded, toAttituneError } from '../../../wrappers/libvirt/errors.js';
import type { RemoteError } from '../../../wrappers/libvirt/rpc/remote-types.js';
import { virErrorDomainName, virErrorName } from '../../../wrappers/libvirt/virterror.js';

function remote(code: number, message: string | undefined = 'libvirt said so', domain = 10): RemoteError {
  const none = { dom: undefined, str1: undefined, str2: undefined, str3: undefined, int1: 0, int2: 0, net: undefined };
  return { code, domain, message, level: 2, ...none };
}

const MEANINGS: readonly (readonly [number, string, string])[] = [
  [42, 'VIR_ERR_NO_DOMAIN', 'domain-not-found'],
  [28, 'VIR_ERR_DOM_EXIST', 'domain-exists'],
  [55, 'VIR_ERR_OPERATION_INVALID', 'domain-state'],
  [78, 'VIR_ERR_OPERATION_ABORTED', 'migration-aborted'],
  [86, 'VIR_ERR_AGENT_UNRESPONSIVE', 'guest-agent'],
  [97, 'VIR_ERR_AGENT_UNSYNCED', 'guest-agent'],
  [112, 'VIR_ERR_AGENT_COMMAND_TIMEOUT', 'guest-agent'],
  [113, 'VIR_ERR_AGENT_COMMAND_FAILED', 'guest-agent'],
  [1, 'VIR_ERR_INTERNAL_ERROR', 'hypervisor'],
  [9, 'VIR_ERR_OPERATION_FAILED', 'hypervisor'],
  [81, 'VIR_ERR_MIGRATE_UNSAFE', 'hypervisor'],
  [41, 'VIR_WAR_NO_NETWORK', 'hypervisor'],
  [49, 'VIR_ERR_NO_STORAGE_POOL', 'unknown-storage'],
  [50, 'VIR_ERR_NO_STORAGE_VOL', 'unknown-storage'],
  [87, 'VIR_ERR_RESOURCE_BUSY', 'hypervisor'],
  [90, 'VIR_ERR_STORAGE_VOL_EXIST', 'storage-exists'],
  [9999, 'VIR_ERR_9999', 'hypervisor'],
];

const [OF_STORAGE, OF_NETWORK] = [18, 19];

describe("libvirt's errors", () => {
  for (const [number, name, code] of MEANINGS) {
    it(`${name} is ${code}`, () => {
      const error = toAttituneError(remote(number), 'host1');
      expect(error.code).to.equal(code);
      expect(error.message).to.equal('host1: libvirt said so');
      expect(error.details).to.deep.equal({
        libvirtCode: number,
        libvirtName: name,
        libvirtDomain: 'VIR_FROM_QEMU',
        level: 2,
        libvirtMessage: 'libvirt said so',
      });
      expect(libvirtCode(error)).to.equal(number);
    });
  }

  it('are none of a domain where another part raised them', () => {
    for (const part of [OF_STORAGE, OF_NETWORK]) {
      expect(toAttituneError(remote(55, 'pool is not active', part), 'host1').code).to.equal('hypervisor');
    }
  });

  it('tell a full disk by the error of the system', () => {
    const [enospc, eio] = [28, 5].map((int1) => toAttituneError({ ...remote(38), int1 }, 'host1'));
    expect(enospc).to.deep.include({ code: 'no-capacity' }).and.have.nested.property('details.errno', 28);
    expect(eio).to.have.property('code', 'hypervisor');
  });

  it('say who may do what was denied', () => {
    for (const number of [29, 45, 79, 88, 94]) {
      expect(toAttituneError(remote(number), 'host1').message).to.include('may not do that');
    }
  });

  it('without a message are told by their name', () => {
    expect(toAttituneError({ ...remote(42), message: undefined }, 'host1').message).to.equal(
      'host1: VIR_ERR_NO_DOMAIN',
    );
  });

  it('keep what libvirt said when they get another code', () => {
    const error = recoded(toAttituneError(remote(9), 'host1'), 'migration-failed', 'it failed');
    expect(error).to.include({ code: 'migration-failed', message: 'it failed' });
    expect(libvirtCode(error)).to.equal(9);
    expect(error.cause).to.have.property('code', 'hypervisor');
  });

  it('have names at the places of their numbers', () => {
    expect([0, 38, 67, 93, 113].map(virErrorName)).to.deep.equal([
      'VIR_ERR_OK',
      'VIR_ERR_SYSTEM_ERROR',
      'VIR_ERR_CONFIG_UNSUPPORTED',
      'VIR_ERR_MIGRATE_FINISH_OK',
      'VIR_ERR_AGENT_COMMAND_FAILED',
    ]);
    expect([0, 7, 20, 50, 72, 99].map(virErrorDomainName)).to.deep.equal([
      'VIR_FROM_NONE',
      'VIR_FROM_RPC',
      'VIR_FROM_DOMAIN',
      'VIR_FROM_SSH',
      'VIR_FROM_CH',
      'VIR_FROM_99',
    ]);
  });
});
