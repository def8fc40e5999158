import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import type { Cluster, ClusterHost, ClusterVm, Plan } from '../../core/placement/cluster.js';
import { writeClusterDocument } from '../../core/placement/document/index.js';
import { skipUnless } from '../support/skip.js';
import { attitune, wholeProcess, type ProcessRun } from '../support/whole-process.js';

const PLACE = { file: 'x', line: 1, column: 1 };

function host(name: string, rest: Partial<ClusterHost> = {}): ClusterHost {
  return { name, cpuCapacity: 8, cpus: 8, cpuUsed: 0, memoryMiB: 16_384, accepting: true, ...rest };
}

function vm(name: string, on: string, cpuUsed: number, rest: Partial<ClusterVm> = {}): ClusterVm {
  return { name, host: on, className: 'Web', cpuUsed, vcpus: 2, memoryMiB: 2048, running: true, ...rest };
}

/** host1 is hot, the others are idle. */
const HOT: Cluster = {
  at: 0,
  hosts: [host('host1', { cpuUsed: 7.5 }), host('host2', { cpuUsed: 1 }), host('host3')],
  vms: [vm('web1', 'host1', 3), vm('web2', 'host1', 2.5), vm('web3', 'host1', 2), vm('db1', 'host2', 1)],
  constraints: [{ type: 'ban', of: 'Web', on: 'host3', strength: 'hard', place: PLACE }],
};

const plan = ({ stdout }: ProcessRun) => JSON.parse(stdout) as Plan & { readonly feasible: boolean };

describe('attitune plan', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'attitune-plan-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  async function file(content: Cluster | string, name = 'cluster.json'): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, typeof content === 'string' ? content : writeClusterDocument(content));
    return path;
  }

  it('tells the moves as JSON, with what is before and after, and why not others', async () => {
    const run = await attitune('plan', await file(HOT), '--goal', 'relieve', '--json');
    expect(run).to.include({ code: 0, stderr: '' });
    const document = plan(run);
    expect(Object.keys(document).slice(0, 9)).to.deep.equal([
      'feasible',
      'moves',
      'before',
      'after',
      'rejected',
      'elapsedMs',
      'goal',
      'answer',
      'why',
    ]);
    expect(document).to.include({ feasible: true, answer: 'move', goal: 'relieve' });
    expect(document.before).to.include({ hotHosts: 1 });
    expect(document.after).to.include({ hotHosts: 0 });
    for (const move of document.moves) {
      expect(move).to.include({ from: 'host1', to: 'host2' });
      expect(move.gain).to.be.greaterThan(0);
      expect(move.why).to.match(/host1 goes from 94 %/);
    }
    expect(document.rejected.map(({ to, rule }) => `${to} ${rule}`)).to.include('host3 constraint');
    expect(document.elapsedMs).to.be.a('number');
  });

  it('shows a table of moves and bars of hosts, without colours where there is no terminal', async () => {
    const { code, stdout } = await attitune('plan', await file(HOT), '--goal', 'relieve');
    expect(code).to.equal(0);
    expect(stdout).not.to.match(/\u001b/);
    expect(stdout)
      .to.match(/│ Step │ VM +│ From +│ To +│ Gain +│ Why/)
      .and.match(/host1 +█+\S* +94 % → █+\S* +\d+ % +3 → \d/)
      .and.match(/move: \d VMs? in 1 step; hotHosts 1 → 0/);
  });

  it('writes the state afterwards, of which nothing is to be done any more', async () => {
    const out = join(folder, 'after.json');
    const run = await attitune('plan', await file(HOT), '--goal', 'relieve', '--out', out, '--json');
    const moved = new Map(plan(run).moves.map((move) => [move.vm, move.to]));
    const after = JSON.parse(await readFile(out, 'utf8')) as Cluster;
    for (const { name, host: on } of after.vms)
      expect(on).to.equal(moved.get(name) ?? HOT.vms.find((one) => one.name === name)?.host);
    expect(after.hosts.reduce((sum, { cpuUsed = 0 }) => sum + cpuUsed, 0)).to.be.closeTo(8.5, 1e-9);
    const again = await attitune('plan', out, '--goal', 'relieve', '--json');
    expect(again.code).to.equal(0);
    expect(plan(again)).to.include({ feasible: true, answer: 'nothing-to-do' });
    expect(plan(again).moves).to.deep.equal([]);
  });

  it('gives the same plan for the same seed', async () => {
    const path = await file(HOT);
    const [first, second] = await Promise.all(
      [1, 2].map(() => attitune('plan', path, '--goal', 'balance', '--seed', '7', '--json')),
    );
    expect(plan(first!).moves).to.deep.equal(plan(second!).moves);
  });

  it('ends with 1 and what is in the way where the goal cannot be reached', async () => {
    const full = { ...HOT, hosts: [host('host1', { cpuUsed: 7.5 }), host('host2', { cpuUsed: 1, accepting: false })] };
    const path = await file({ ...full, constraints: [] });
    const run = await attitune('plan', path, '--goal', 'evacuate', '--host', 'host1', '--json');
    expect(run.code).to.equal(1);
    const document = plan(run);
    expect(document).to.include({ feasible: false, answer: 'infeasible' });
    expect(document.moves).to.deep.equal([]);
    expect(document.conflict?.join('; ')).to.match(/host2/);
    const text = await attitune('plan', path, '--goal', 'evacuate', '--host', 'host1');
    expect(text.code).to.equal(1);
    expect(text.stdout).to.match(/What cannot hold together:/);
  });

  it('evacuates the named hosts', async () => {
    const free = { ...HOT, constraints: [] };
    const run = await attitune('plan', await file(free), '--goal', 'evacuate', '--host', 'host1', '--json');
    expect(run.code).to.equal(0);
    expect(plan(run).after).to.include({ vmsLeft: 0 });
    expect(
      plan(run)
        .moves.map(({ vm: name }) => name)
        .sort(),
    ).to.deep.equal(['web1', 'web2', 'web3']);
  });

  it('ends with 2 where the file or the call is wrong, and writes nothing', async () => {
    const path = await file(HOT);
    const wrong = await file(writeClusterDocument(HOT).replace('"cpuUsed":2.5', '"cpuUsed":-2.5'), 'wrong.json');
    const calls: readonly (readonly [readonly string[], RegExp])[] = [
      [
        [wrong, '--goal', 'balance'],
        /wrong\.json:11:63: error value: vms\[1\]\.cpuUsed must not be below 0, and is -2\.5/,
      ],
      [[path], /required option '--goal <goal>'/],
      [[path, '--goal', 'balance', '--below', 'much'], /"much" is not a ratio/],
      [[path, '--goal', 'balance', '--out', join(folder, 'no/such/file')], /error usage: .* cannot be written/],
    ];
    for (const [args, pattern] of calls) {
      const { code, stdout, stderr } = await attitune('plan', ...args);
      expect(stderr).to.match(pattern);
      expect(code, args.join(' ')).to.equal(2);
      expect(stdout).to.equal('');
    }
  });

  describe("on files of Ganeti's tools", () => {
    const rack = asset('test/fixtures/ganeti/rack.data');
    const loads = asset('test/fixtures/ganeti/rack.util');

    it('tells every error of them', async () => {
      const wrong = asset('test/fixtures/ganeti/wrong.data');
      const { code, stderr } = await attitune(
        ...['plan', wrong, '-U', asset('test/fixtures/ganeti/wrong.util'), '--goal', 'balance'],
      );
      expect(code).to.equal(2);
      expect(stderr.trim().split('\n').length).to.be.greaterThan(15);
      expect(stderr).to.match(/wrong\.data:3:18: error value: The free memory -5 is below 0/);
    });

    it('needs loads for goals that are about them', async () => {
      const { code, stderr } = await attitune('plan', rack, '--goal', 'relieve');
      expect(code).to.equal(2);
      expect(stderr).to.match(/error usage: The goal relieve needs to know what VMs use/);
    });

    it('keeps to groups, nodes with the disks, and exclusion tags', async () => {
      const out = join(folder, 'rack.after');
      const run = await attitune('plan', rack, '-U', loads, '--goal', 'balance', '--json', '--out', out);
      expect(run.code).to.equal(0);
      const { moves } = plan(run);
      expect(moves.length).to.be.greaterThan(0);
      const after = await readFile(out, 'utf8');
      const on = (name: string) => new RegExp(`^${name}\\|.*?\\|(node\\d)\\|`, 'm').exec(after)?.[1];
      expect(on('mail1')).to.equal('node5');
      expect(on('batch1')).to.equal('node2');
      expect(on('db1')).to.be.oneOf(['node1', 'node2']);
      expect(new Set(['web1', 'web2', 'cache1'].map(on)).size).to.equal(3);
    });

    it('writes what hbal reads, with the score that it counts itself, not above that of hbal', async function () {
      skipUnless(this, { programs: { hbal: 'ganeti-htools' } });
      const data = await file(ganetiCluster(), 'c8.data');
      const out = join(folder, 'c8.after');
      const run = await attitune('plan', data, '--goal', 'balance', '--json', '--out', out);
      const { after, moves } = plan(run);
      const scored = await wholeProcess('hbal', ['-t', out, '-l', '0']);
      const score = Number(/Initial score: ([\d.]+)/.exec(scored.stdout)?.[1]);
      expect(score).to.be.closeTo(after?.['score'] ?? NaN, 1e-6);
      const theirs = await wholeProcess('hbal', ['-t', data, '--no-disk-moves']);
      const best = Number(/improved from [\d.]+ to ([\d.]+)/.exec(theirs.stdout)?.[1]);
      const length = Number(/Solution length=(\d+)/.exec(theirs.stdout)?.[1]);
      expect(score).to.be.at.most(best);
      expect(moves.length).to.be.at.most(length);
    });
  });
});

/** Eight nodes, all of the instances on the first two. */
function ganetiCluster(): string {
  const instances = Array.from({ length: 40 }, (_, index) => ({
    name: `vm${index}`,
    memory: [1024, 2048, 4096][index % 3] ?? 0,
    vcpus: 1 + (index % 4),
    node: `node${index % 2}`,
  }));
  const nodes = Array.from({ length: 8 }, (_, index) => {
    const used = instances.filter(({ node }) => node === `node${index}`).reduce((sum, { memory }) => sum + memory, 0);
    return `node${index}|65536|1024|${65536 - 1024 - used}|102400|102400|16|${index === 0 ? 'M' : 'N'}|uuid-1|1\n`;
  });
  const lines = instances.map(
    ({ name, memory, vcpus, node }) => `${name}|${memory}|0|${vcpus}|running|Y|${node}||ext||1\n`,
  );
  const policy = '128,1,1024,1,1,1|128,1,1024,1,1,1;65536,16,1048576,16,8,12|ext,drbd|8.0|32.0\n';
  return ['group1|uuid-1|preferred||\n', nodes.join(''), lines.join(''), '', `|${policy}group1|${policy}`].join('\n');
}
