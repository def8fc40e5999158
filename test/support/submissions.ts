import { formatError } from '../../core/model/errors.js';
import type { ImageFacts, SubmissionFacts } from '../../wrappers/vm/submit/index.js';
import { checkSubmission } from '../../wrappers/vm/submit/index.js';

export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

export const goodImage: ImageFacts = {
  path: '/home/user/web.qcow2',
  realPath: '/home/user/web.qcow2',
  kind: 'file',
  bytes: 20 * MIB,
  looksLike: 'qcow2',
  qcow2: {
    version: 3,
    virtualBytes: GIB,
    clusterBytes: 65536,
    encryption: 'none',
    dirty: false,
    corrupt: false,
    faults: [],
  },
  probe: { format: 'qcow2', virtualBytes: GIB, endBytes: 20 * MIB, corruptions: 0, leaks: 0 },
};

export const DISK = '<disk type="file" device="disk"><source file="/x.img"/><target dev="vda"/></disk>';

/** A domain's document with these devices besides its disk, and these elements besides its devices. */
export function document(devices = '', rest = '', sizes = '<memory unit="MiB">512</memory><vcpu>1</vcpu>'): string {
  return `<domain type="kvm"><name>web</name>${sizes}${rest.includes('<os>') ? '' : '<os><type>hvm</type></os>'}${rest}<devices>${DISK}${devices}</devices></domain>`;
}

export function submission(part: Partial<SubmissionFacts> = {}): SubmissionFacts {
  return {
    image: goodImage,
    xml: document(),
    file: 'web.xml',
    host: {
      name: 'host1',
      cpus: 4,
      memoryMiB: 8192,
      domainTypes: ['kvm', 'qemu'],
      networks: [
        { kind: 'network', name: 'default', active: true },
        { kind: 'network', name: 'off', active: false },
        { kind: 'bridge', name: 'br0', active: true },
      ],
      pool: { path: '/pool', capacityBytes: 100 * GIB, availableBytes: 50 * GIB },
    },
    taken: {
      names: new Map([
        ['there', 'host2'],
        ['web-2', 'host2'],
      ]),
      uuids: new Set(['0f1d2c3b-4a59-4687-8796-a5b4c3d2e1f0']),
      macs: new Set(['52:54:00:00:00:01']),
    },
    ...part,
  };
}

/** What is told of a submission, one line per reason. */
export function reasons(part: Partial<SubmissionFacts> = {}): readonly string[] {
  return checkSubmission(submission(part)).map(formatError);
}
