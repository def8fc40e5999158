import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { planRequest } from '../../../../core/app/plan/goals.js';
import { readSnapshot, type Snapshot } from '../../../../core/app/plan/snapshot-file.js';
import { asset } from '../../../../core/assets/package-root.js';
import { AttituneError, formatError } from '../../../../core/model/errors.js';
import type { Cluster } from '../../../../core/placement/cluster.js';
import { writeClusterDocument } from '../../../../core/placement/document/index.js';
import { planPlacement } from '../../../../core/placement/plan-placement.js';
import { host, vm } from '../../placement/clusters.js';

const PLACE = { file: 'x', line: 1, column: 1 };
const HOT: Cluster = {
  at: 0,
  hosts: [host('host1', { cpuUsed: 0.9 }), host('host2'), host('host3')],
  vms: [vm('web1', 'host1', { cpuUsed: 0.5 }), vm('web2', 'host1', { cpuUsed: 0.4 }), vm('db1', 'host2')],
  constraints: [{ type: 'ban', of: 'Machine', on: 'host3', strength: 'hard', place: PLACE }],
};

describe('attitune plan: its snapshot', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'attitune-snapshot-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function file(content: Cluster | string): string {
    const path = join(folder, 'c.json');
    writeFileSync(path, typeof content === 'string' ? content : writeClusterDocument(content));
    return path;
  }

  const snapshot = (content: Cluster | string, loads?: string): Snapshot => readSnapshot(file(content), loads);

  /** What is told of a wrong one, without its path. */
  const told = (content: Cluster | string, loads?: string) =>
    failures(() => snapshot(content, loads)).map((error) => formatError(error).replace(/^.*c\.json:/, ''));

  const asked = (content: Cluster, goal: string, hosts: readonly string[] = []) =>
    planRequest(snapshot(content), { goal, hosts, search: { seed: 1 } });

  it('is what was written', () => {
    const { cluster, format, write } = snapshot(HOT);
    expect(format).to.equal('json');
    expect(JSON.parse(write(cluster))).to.deep.equal(JSON.parse(writeClusterDocument(HOT)));
  });

  it('has no unknown names', () => {
    const lost = { ...HOT, vms: [...HOT.vms, vm('web4', 'hots1')] };
    expect(told(lost)).to.deep.equal([
      '13:27: error unknown-host: vms[3].host: web4 is on hots1, which is no host of the cluster. Did you mean "host1"?',
    ]);
    const strange = { ...HOT, constraints: [{ ...HOT.constraints![0]!, of: 'Mahcine', on: 'host9' }] };
    const lines = told(strange).join('\n');
    expect(lines)
      .to.match(/^15:\d+: error unknown-class: constraints\[0\]\.of: .*Mahcine.*Did you mean "Machine"\?/m)
      .and.match(/^15:\d+: error unknown-host: constraints\[0\]\.on: .*host9/m);
  });

  it('has no names twice', () => {
    expect(told({ ...HOT, vms: [...HOT.vms, vm('db1', 'host1')] })[0]).to.match(
      /^13:\d+: error duplicate-name: vms\[3\].*db1/,
    );
  });

  it('has no numbers that cannot be', () => {
    const text = writeClusterDocument(HOT);
    expect(told(text.replace('"cpuUsed":0.4', '"cpuUsed":-0.4'))[0]).to.match(
      /^11:\d+: error value: vms\[1\]\.cpuUsed must not be below 0, and is -0\.4\.$/,
    );
    expect(told(text.replace('"cpuUsed":0.4', '"cpuUsed":NaN'))[0]).to.match(
      /^11:\d+: error json-malformed: NaN is no JSON: leave out a number that was not measured\.$/,
    );
    expect(told(text.replace('"cpuCapacity":1', '"cpuCapacity":0'))[0]).to.match(
      /^5:\d+: error value: hosts\[0\]\.cpuCapacity: .* above 0\.$/,
    );
  });

  it('does not promise memory twice', () => {
    expect(told({ ...HOT, vms: [...HOT.vms, vm('big', 'host2', { memoryMiB: 20_000 })] })[0]).to.match(
      /^6:\d+: error value: hosts\[1\]\.memoryMiB: the VMs on host2 are promised/,
    );
  });

  it('may ask for more CPU than there is: what cannot be reached is told as infeasible', () => {
    const hosts = HOT.hosts.map(({ name }) => host(name, { cpuUsed: name === 'host3' ? 0 : 1.8 }));
    const vms = HOT.vms.map((one) => ({ ...one, cpuUsed: one.name === 'db1' ? 1.8 : 0.9 }));
    const busy = { ...HOT, hosts, vms };
    const plan = planPlacement(busy, asked(busy, 'relieve'));
    expect(plan).to.include({ answer: 'infeasible' });
    expect(plan.conflict).not.to.equal(undefined);
  });

  it('has no constraints that contradict each other', () => {
    const both = {
      ...HOT,
      constraints: [
        { type: 'gather', of: 'Machine', strength: 'hard', place: PLACE },
        { type: 'spread', of: 'Machine', strength: 'hard', place: PLACE },
      ] as const,
    };
    expect(told(both).join('\n')).to.match(/^16:5: error constraint: .*gathered.*spread/m);
  });

  it('has hosts, and is a snapshot at all', () => {
    expect(told({ at: 0, hosts: [], vms: [] })).to.deep.equal([
      '4:12: error value: The cluster has no hosts: there is nothing to plan for.',
    ]);
    expect(told('<deployment/>')).to.have.length(1);
    expect(told('<deployment/>')[0]).to.match(/^1:1: error value: This is XML, and no snapshot/);
    expect(told('{}')[0]).to.match(/^1:1: error json-field: This is no snapshot/);
    expect(told('')[0]).to.match(/^1:1: error json-malformed: The file is empty/);
    expect(failures(() => readSnapshot(join(folder, 'none'))).map(({ code }) => code)).to.deep.equal([
      'file-not-found',
    ]);
  });

  it('tells the first of very many errors', () => {
    const vms = Array.from({ length: 300 }, (_, index) => vm(`vm${index}`, 'nowhere'));
    const errors = told({ ...HOT, vms: [...HOT.vms, ...vms] });
    expect(errors).to.have.length(101);
    expect(errors.at(-1)).to.equal('error value: … and 200 more errors in it.');
  });

  it('has loads of its own, unless it is a file of Ganeti', () => {
    const util = asset('test/fixtures/ganeti/rack.util');
    expect(told(HOT, util)[0]).to.match(/^error usage: Loads \(-U\) belong/);
    const rack = readSnapshot(asset('test/fixtures/ganeti/rack.data'), util);
    expect(rack).to.include({ format: 'ganeti', loads: true });
  });

  it('fits the goal, or it is said what does not', () => {
    const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
      ['blance', [], /error usage: There is no goal "blance"\. Did you mean "balance"\?/],
      ['evacuate', [], /error usage: The goal evacuate needs a host/],
      ['evacuate', ['hots1'], /error unknown-host: .*Did you mean "host1"/],
      ['balance', ['host1'], /error usage: The goal balance is about all hosts/],
      ['energy', [], /error usage: .*power is known/],
    ];
    for (const [goal, hosts, pattern] of cases)
      expect(failures(() => asked(HOT, goal, hosts)).map(formatError)[0]).to.match(pattern);
    const rack = readSnapshot(asset('test/fixtures/ganeti/rack.data'));
    const wrong = failures(() => planRequest(rack, { goal: 'relieve', hosts: [], search: { seed: 1 } }));
    expect(wrong.map(formatError)[0]).to.match(/needs to know what VMs use/);
  });

  it('bounds the load of hosts by the goal, the call, or not at all', () => {
    expect(asked(HOT, 'relieve').limits.below).to.equal(0.8);
    const given = planRequest(snapshot(HOT), { goal: 'relieve', hosts: [], below: 0.6, search: { seed: 1 } });
    expect(given.limits.below).to.equal(0.6);
    const rack = readSnapshot(asset('test/fixtures/ganeti/rack.data'));
    expect(planRequest(rack, { goal: 'balance', hosts: [], search: { seed: 1 } }).limits.below).to.equal(Infinity);
  });
});

function failures(act: () => unknown): readonly AttituneError[] {
  try {
    act();
  } catch (error) {
    return error instanceof AggregateError ? (error.errors as AttituneError[]) : [AttituneError.from(error)];
  }
  return [];
}
