import { expect } from 'chai';
import { formatError } from '../../../../core/model/errors.js';
import type { Cluster } from '../../../../core/placement/cluster.js';
import { readClusterDocument, writeClusterDocument } from '../../../../core/placement/document/index.js';

const told = (text: string) => readClusterDocument(text, 'c.json').errors.map(formatError);

const FULL: Cluster = {
  at: 1_700_000_000_000,
  startedAt: 1_600_000_000_000,
  hosts: [
    {
      name: 'host1',
      family: 'servers',
      cpuCapacity: 8,
      cpus: 8,
      cpuUsed: 3.5,
      memoryMiB: 16384,
      memoryReservedMiB: 1024,
      overcommit: { vcpus: 4, memory: 1.2 },
      accepting: true,
      software: ['Apache_1'],
      power: { watts: [86, 117], offWatts: 5 },
      powered: 'on',
      poweredAt: 1,
      cpuModels: ['Skylake'],
    },
    { name: 'host2', cpuCapacity: 8, memoryMiB: 16384, accepting: false, closed: 'it is in maintenance' },
  ],
  vms: [
    {
      name: 'web1',
      host: 'host1',
      className: 'Web',
      groups: ['front'],
      cpuUsed: 1.5,
      demand: { windowMs: 60_000, samples: 60, mean: 1, p50: 1, p90: 2, p95: 2, max: 3, predicted: 1.2 },
      vcpus: 2,
      memoryMiB: 2048,
      memoryLoad: 0,
      diskLoad: 0.5,
      networkLoad: 0.25,
      running: true,
      home: 'host1',
      movedAt: 5,
      moves: [{ at: 5, from: 'host2', to: 'host1', cpu: 1 }],
      locked: 'it has a PCI device of its host',
      dirtyMiBPerSecond: 20,
      cpuModel: 'Skylake',
      strain: 1.5,
    },
    { name: 'db1', host: '', className: 'Db', vcpus: 1, memoryMiB: 512, running: false },
  ],
  constraints: [
    { type: 'spread', of: 'Web', most: 2, strength: 'hard', place: { file: 'c.json', line: 14, column: 5 } },
    { type: 'pin', of: 'db1', on: 'host1 host2', strength: 'soft', place: { file: 'c.json', line: 15, column: 5 } },
  ],
  network: {
    distances: [{ between: ['host1', 'host2'], distance: 2 }],
    otherwise: 1,
    traffic: [{ between: ['web1', 'db1'], mbitPerSecond: 100 }],
    migrationMbitPerSecond: 10_000,
  },
};

/** A document with one host and one VM, in which something is replaced. */
function small(from = '', to = ''): string {
  const host = { name: 'host1', cpuCapacity: 8, memoryMiB: 1024, accepting: true };
  const vm = { name: 'web1', host: 'host1', className: 'Web', cpuUsed: 1, vcpus: 1, memoryMiB: 512, running: true };
  const text = writeClusterDocument({ at: 1, hosts: [host], vms: [vm], constraints: [] });
  if (!text.includes(from)) throw new Error(`no ${from} in ${text}`);
  return text.replace(from, to);
}

describe('Clusters as JSON documents', () => {
  it('are read as they were written, each constraint with its place', () => {
    const { cluster, errors } = readClusterDocument(writeClusterDocument(FULL), 'c.json');
    expect(errors.map(formatError)).to.deep.equal([]);
    expect(cluster).to.deep.equal(FULL);
  });

  it('may be written in any other way', () => {
    const { constraints = [], ...rest } = FULL;
    const text = JSON.stringify({ constraints, 'attitune-cluster': 1, ...rest }, (key, value: unknown) =>
      key === 'place' ? undefined : value,
    );
    const places = readClusterDocument(text, 'c.json').cluster?.constraints?.map(({ place }) => place);
    expect(places?.map(({ line }) => line)).to.deep.equal([1, 1]);
    expect(text.slice((places?.[0]?.column ?? 0) - 1)).to.match(/^\{"type":"spread"/);
  });

  it('tell unknown fields, with a name that is near', () => {
    expect(told(small('"cpuUsed":1', '"cpuUsd":1'))).to.deep.equal([
      'c.json:8:53: error json-field: vms[0] has no field "cpuUsd". Did you mean "cpuUsed"?',
    ]);
    expect(told(small('"hosts"', '"host"'))).to.deep.equal([
      'c.json:1:1: error json-field: hosts is missing.',
      'c.json:4:3: error json-field: A snapshot has no field "host". Did you mean "hosts"?',
    ]);
  });

  it('tell what is missing, at what lacks it', () => {
    expect(told(small('"memoryMiB":1024,', ''))).to.deep.equal([
      'c.json:5:5: error json-field: hosts[0].memoryMiB is missing.',
    ]);
  });

  it('tell values that are no numbers, or below 0, all of them at once', () => {
    const text = small('"cpuCapacity":8', '"cpuCapacity":null')
      .replace('"cpuUsed":1', '"cpuUsed":-0.5')
      .replace('"vcpus":1', '"vcpus":"two"')
      .replace('"running":true', '"running":1')
      .replace('"memoryMiB":1024', '"memoryMiB":1e999')
      .replace('"accepting":true', '"cpuUsed":null,"accepting":true');
    expect(told(text)).to.deep.equal([
      'c.json:5:35: error value: hosts[0].cpuCapacity must be a number, and is null.',
      'c.json:5:52: error value: hosts[0].memoryMiB must be finite, and is more than a number can be.',
      'c.json:5:68: error value: hosts[0].cpuUsed must be a number, and is null. Leave it out where it was not measured.',
      'c.json:8:63: error value: vms[0].cpuUsed must not be below 0, and is -0.5.',
      'c.json:8:76: error value: vms[0].vcpus must be a number, and is "two".',
      'c.json:8:108: error value: vms[0].running must be true or false, and is 1.',
    ]);
  });

  it('tell words that are none of those there are', () => {
    const constraint = '"constraints": [{"type":"spraed","of":"Web","strength":"hard"}]';
    expect(told(small('"constraints": []', constraint))).to.deep.equal([
      'c.json:10:27: error value: constraints[0].type must be one of spread, gather, pin, ban, reserve, online, and is "spraed".',
    ]);
  });

  it('say what is no JSON', () => {
    expect(told(small('"cpuUsed":1', '"cpuUsed":NaN'))).to.deep.equal([
      'c.json:8:63: error json-malformed: NaN is no JSON: leave out a number that was not measured.',
    ]);
    expect(told(small('"hosts"', "'hosts'"))[0]).to.match(/^c\.json:4:3: error json-malformed: 'hosts'/);
    expect(told('{"attitune-cluster": 1,\n  "at": 5,\n}')[0]).to.match(/^c\.json:3:1: error json-malformed/);
    expect(told('{"attitune-cluster": 1,\n  "at" 5}')).to.deep.equal([
      'c.json:2:8: error json-malformed: This is no JSON.',
    ]);
    expect(told('{"at": 1} more')[0]).to.match(/^c\.json:1:11: error json-malformed/);
    expect(told(' \n')).to.deep.equal(['c.json:1:1: error json-malformed: The file is empty.']);
  });

  it('say what is no snapshot, and which form is not known, and nothing else', () => {
    expect(told('[1, 2]')).to.deep.equal([
      'c.json:1:1: error json-field: This is no snapshot of a cluster: one begins with {"attitune-cluster": 1.',
    ]);
    expect(told('{"attitune-cluster": 2, "hostz": []}')).to.deep.equal([
      'c.json:1:22: error value: Only snapshots with "attitune-cluster": 1 can be read, and this one has 2.',
    ]);
  });
});
