import { expect } from 'chai';
import type { DomainDetails } from '../../../core/model/hypervisor.js';
import { memoryRoomMiB } from '../../../wrappers/vm/memory-room.js';
import { preflight, type MigrationFacts } from '../../../wrappers/vm/preflight.js';

const details: DomainDetails = {
  name: 'web',
  uuid: 'uuid-of-web',
  state: 'running',
  persistent: true,
  autostart: false,
  description: {
    name: 'web',
    memoryMiB: 512,
    vcpus: 2,
    disks: [{ path: '/shared/web.qcow2', format: 'qcow2' }],
    networks: [
      { mac: '52:54:00:00:00:01', bridge: 'br0' },
      { mac: '52:54:00:00:00:02', network: 'default' },
    ],
  },
};
const networks = [
  { kind: 'bridge', name: 'br0', active: true },
  { kind: 'network', name: 'default', active: true },
] as const;
const host = {
  cpus: 4,
  architecture: 'x86_64',
  version: 'QEMU 7.2.22 / libvirt 9.0.0',
  domainTypes: ['kvm', 'qemu'],
  networks,
};
const FACTS: MigrationFacts = {
  domain: 'web',
  from: 'host1',
  to: 'host2',
  details,
  source: { ...host, hostUuid: 'uuid-of-host1' },
  target: {
    ...host,
    hostUuid: 'uuid-of-host2',
    memory: { totalMiB: 4096, freeMiB: 3000, domains: [] },
    namesakes: [],
    cpu: 'superset',
    heldDisks: [],
  },
  files: [
    {
      path: '/shared/web.qcow2',
      what: 'disk',
      source: { pool: 'attitune', type: 'netfs' },
      target: { pool: 'attitune', type: 'netfs', present: true },
    },
  ],
  domainType: 'kvm',
  arriving: [],
};
const target = FACTS.target!;
const ticket = (domain: string, memoryMiB: number) => ({ domain, from: 'host3', to: 'host2', memoryMiB });

/** What is wrong, the rule that says so, how bad it is, and words that the text must have. */
const CASES: readonly (readonly [
  what: string,
  facts: Partial<MigrationFacts>,
  rule: string,
  severity: 'refusal' | 'warning' | 'unknown',
  ...words: string[],
])[] = [
  ['a domain that is not there', { details: undefined as never }, 'domain', 'refusal', 'host1 has no domain web'],
  ['one that shuts down', { details: { ...details, state: 'shutdown' } }, 'domain', 'refusal', 'shutdown', 'wait'],
  [
    'a transient one that is off',
    { details: { ...details, state: 'shutoff', persistent: false } },
    'domain',
    'refusal',
    'shutoff',
  ],
  ['a migration under way', { underWay: ticket('web', 1) }, 'another-job', 'refusal', 'host2', 'abort'],
  ['the same host', { to: 'host1' }, 'same-host', 'refusal', 'already'],
  [
    'the same machine',
    { target: { ...target, hostUuid: 'uuid-of-host1' } },
    'same-host',
    'refusal',
    'uuid-of-host1',
    'libvirtd.conf',
  ],
  [
    'another domain of its name',
    { target: { ...target, namesakes: [{ name: 'web', uuid: 'other', active: false }] } },
    'name',
    'refusal',
    'another domain web',
  ],
  [
    'itself under another name',
    { target: { ...target, namesakes: [{ name: 'shop', uuid: details.uuid, active: false }] } },
    'name',
    'refusal',
    'under the name shop',
  ],
  [
    'itself running there too',
    { target: { ...target, namesakes: [{ name: 'web', uuid: details.uuid, active: true }] } },
    'name',
    'refusal',
    'runs on host2 too',
  ],
  [
    'an old definition of it',
    { target: { ...target, namesakes: [{ name: 'web', uuid: details.uuid, active: false }] } },
    'name',
    'warning',
    'old definition',
  ],
  ['no such domain type', { target: { ...target, domainTypes: ['qemu'] } }, 'domain-type', 'refusal', 'kvm', 'qemu'],
  ['other CPUs', { target: { ...target, architecture: 'aarch64' } }, 'architecture', 'refusal', 'aarch64', 'x86_64'],
  ['a lesser CPU', { target: { ...target, cpu: 'incompatible' } }, 'cpu', 'refusal', 'CPU of host2', 'model'],
  [
    'CPUs not compared',
    { target: { ...target, cpu: { unknown: 'not supported' } } },
    'cpu',
    'unknown',
    'not supported',
  ],
  [
    'too little memory',
    { target: { ...target, memory: { totalMiB: 1024, freeMiB: 500, domains: [] } } },
    'memory',
    'refusal',
    '512 MiB',
    '436 MiB',
  ],
  [
    'memory that is promised to others',
    { arriving: [ticket('shop', 2600)] },
    'memory',
    'refusal',
    '1 other',
    '336 MiB',
  ],
  ['memory for what it is to grow to', { memoryMiB: 3500 }, 'memory', 'refusal', '3500 MiB'],
  [
    'too little memory for what does not run',
    {
      details: { ...details, state: 'shutoff' },
      target: { ...target, memory: { totalMiB: 400, freeMiB: 300, domains: [] } },
    },
    'memory',
    'warning',
    '512 MiB',
  ],
  ['fewer CPUs', { target: { ...target, cpus: 1 } }, 'vcpus', 'warning', '2 virtual CPUs'],
  [
    'a disk that only the source has',
    { files: [{ path: '/local/web.img', what: 'disk', source: { pool: 'images', type: 'dir' } }] },
    'storage',
    'refusal',
    '/local/web.img',
    'images',
    'netfs',
  ],
  [
    'a backing file that is not there',
    {
      files: [
        {
          path: '/images/base.img',
          what: 'backing file',
          target: { pool: 'images', type: 'dir', present: false },
        },
      ],
    },
    'storage',
    'refusal',
    'backing file /images/base.img',
  ],
  ['a disk in no pool', { files: [{ path: '/x.img', what: 'disk' }] }, 'storage', 'unknown', 'cannot be looked for'],
  [
    'a disk that another one writes to',
    { target: { ...target, heldDisks: [{ path: '/shared/web.qcow2', by: 'shop' }] } },
    'lock',
    'refusal',
    'shop on host2',
    '/shared/web.qcow2',
  ],
  ['no bridge', { target: { ...target, networks: networks.slice(1) } }, 'network', 'refusal', 'no bridge br0'],
  [
    'a network that is off',
    { target: { ...target, networks: [networks[0], { ...networks[1], active: false }] } },
    'network',
    'refusal',
    'network default',
    'Start it',
  ],
  [
    'an older hypervisor',
    { target: { ...target, version: 'QEMU 7.2.3 / libvirt 10.0.0' } },
    'version',
    'warning',
    'QEMU is 7.2.22',
    '7.2.3',
  ],
];

describe('before a migration', () => {
  it('nothing speaks against one that can be tried', () => {
    expect(preflight(FACTS)).to.deep.equal([]);
  });

  for (const [what, facts, rule, severity, ...words] of CASES) {
    it(`${what}: ${severity}`, () => {
      const reasons = preflight({ ...FACTS, ...facts });
      expect(reasons.map((reason) => [reason.rule, reason.severity])).to.deep.equal([[rule, severity]]);
      for (const word of words) expect(reasons[0]?.text).to.include(word);
    });
  }

  it('a target that does not answer is told, and nothing that is not known about it', () => {
    const reasons = preflight({
      domain: 'web',
      from: 'host1',
      to: 'host2',
      details,
      source: host,
      unreachable: 'timed out',
      files: [],
      arriving: [],
    });
    expect(reasons.map(({ rule }) => rule)).to.deep.equal(['target']);
    expect(reasons[0]?.text).to.include('timed out');
  });

  it('all that is wrong is told at once, what forbids it first', () => {
    const reasons = preflight({
      ...FACTS,
      target: { ...target, cpu: 'incompatible', cpus: 1, networks: [], version: 'QEMU 1.0' },
      files: [{ path: '/local/web.img', what: 'disk', source: { pool: 'images', type: 'dir' } }],
    });
    expect(reasons.map(({ rule }) => rule)).to.deep.equal(['cpu', 'storage', 'network', 'network', 'vcpus', 'version']);
  });

  it('files that lack the same are told together', () => {
    const source = { pool: 'images', type: 'dir' };
    const files = [
      { path: '/i/web.img', what: 'disk', source },
      { path: '/i/kernel', what: 'kernel', source },
      { path: '/j/swap.img', what: 'disk' },
    ] as const;
    const reasons = preflight({ ...FACTS, files });
    expect(reasons.map(({ severity }) => severity)).to.deep.equal(['refusal', 'unknown']);
    expect(reasons[0]?.text).to.include('its disk /i/web.img, kernel /i/kernel.');
  });

  it('what the hosts do not tell speaks against nothing', () => {
    const silent = { namesakes: [], heldDisks: [] };
    expect(preflight({ ...FACTS, source: {}, target: silent, files: [] })).to.deep.equal([]);
    expect(
      preflight({ ...FACTS, source: { ...host, networks: [] }, target: { ...target, networks: [] } }),
    ).to.deep.equal([]);
  });
});

describe('the memory that a host can still promise', () => {
  const domain = (name: string, memoryMiB: number, residentMiB?: number) => ({
    name,
    memoryMiB,
    ...(residentMiB !== undefined && { residentMiB }),
  });

  it('is what its domains were not promised, or what is free, whichever is less', () => {
    expect(memoryRoomMiB({ totalMiB: 2048, freeMiB: 1900, domains: [domain('a', 1024)] }, [])).to.equal(1024);
    expect(memoryRoomMiB({ totalMiB: 2048, freeMiB: 300, domains: [domain('a', 1024)] }, [])).to.equal(236);
  });

  it('counts one that has arrived in part once', () => {
    const arriving = [ticket('b', 500)];
    const memory = { totalMiB: 2048, freeMiB: 1000, domains: [domain('a', 512, 512), domain('b', 500, 400)] };
    expect(memoryRoomMiB(memory, arriving)).to.equal(836);
    expect(memoryRoomMiB({ ...memory, domains: [domain('a', 512)] }, arriving)).to.equal(436);
  });
});
