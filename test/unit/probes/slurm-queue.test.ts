import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { asset } from '../../../core/assets/package-root.js';
import { Component } from '../../../core/model/component.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Command, CommandResult, Executor } from '../../../core/model/executor.js';
import { SlurmQueueProbe } from '../../../probes/slurm-queue.probe.js';
import { parseJobs, parseNodes } from '../../../probes/sources/slurm-text.js';
import { host, patient, target } from './world.js';

const PLACE = { file: 'x', line: 1, column: 1 };
const JOBS = readFileSync(asset('test/fixtures/slurm/squeue.txt'), 'utf8');
const NODES = readFileSync(asset('test/fixtures/slurm/sinfo.txt'), 'utf8');

type Parameters = Readonly<Record<string, string>>;

/** Reads once, with programs that print what they are given; also what was run. */
async function read(
  parameters: Parameters,
  printed: Readonly<Partial<CommandResult>>,
  attributes: Parameters = { partition: 'physics', srname: 'Queue_1' },
) {
  const ran: Command[] = [];
  const executor = {
    node: 'desk',
    run: (command: Command) => {
      ran.push(command);
      return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', ...printed });
    },
  } as unknown as Executor;
  const component = new Component({ name: 'Queue_1', className: 'Queue', kind: 'software', attributes });
  const probe = new SlurmQueueProbe();
  probe.check(parameters, PLACE);
  const reading = probe.attach(target({ host: () => host('desk', { executor }), component, parameters })).read(patient);
  return { value: await reading, command: ran[0] };
}

async function fault(reading: Promise<unknown>): Promise<string> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(AttituneError);
  return `${(error as AttituneError).code}: ${(error as AttituneError).message}`;
}

describe('slurm-queue probe', () => {
  it('counts what waits for nodes: not what is held, or waits for a time, another job or a limit', async () => {
    expect((await read({}, { stdout: JOBS })).value).to.equal(4);
    expect((await read({ count: 'cpus' }, { stdout: JOBS })).value).to.equal(8);
    expect((await read({ count: 'nodes' }, { stdout: JOBS })).value).to.equal(5);
    expect((await read({}, { stdout: '' })).value).to.equal(0);
  });

  it('counts what runs, in a partition or on a node', async () => {
    const stdout = 'RUNNING|2|1|None\nCOMPLETING|1|1|None\n';
    expect((await read({ state: 'running' }, { stdout })).value).to.equal(2);
    const { value, command } = await read({ state: 'running', node: '$srname', count: 'cpus' }, { stdout });
    expect(value).to.equal(3);
    expect(command?.argv).to.include('--nodelist=Queue_1').and.not.include('--partition=physics');
  });

  it('counts idle nodes once each, and neither silent nor drained nor powered-down ones', async () => {
    expect((await read({ state: 'idle' }, { stdout: NODES })).value).to.equal(1);
    expect((await read({ state: 'idle', count: 'cpus' }, { stdout: NODES })).value).to.equal(7);
  });

  it('asks for its partition, with the configuration of the component', async () => {
    const { command } = await read({}, {}, { partition: 'physics', folder: '/srv/slurm' });
    expect(command?.argv.slice(0, 2)).to.deep.equal(['squeue', '--noheader']);
    expect(command?.argv).to.include('--partition=physics').and.include('--states=PENDING');
    expect(command?.env).to.deep.equal({ SLURM_CONF: '/srv/slurm/slurm.conf' });
    expect((await read({ partition: 'other', conf: '/etc/x.conf' }, {})).command?.env).to.deep.equal({
      SLURM_CONF: '/etc/x.conf',
    });
  });

  it('has no value, and says why, where the batch system cannot be asked: never 0', async () => {
    const stderr = 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n';
    expect(await fault(read({}, { exitCode: 1, stderr }))).to.match(
      /operation-failed: squeue on desk.*Unable to contact/,
    );
    // squeue tells of a partition that is not there, and ends with 0
    expect(await fault(read({}, { stderr: 'squeue: error: Invalid partition specified: nowhere\n' }))).to.match(
      /Invalid partition/,
    );
    expect(await fault(read({}, { stdout: 'something else\n' }))).to.match(/value: squeue printed "something else"/);
    expect(await fault(read({}, {}, {}))).to.match(/unknown-attribute: .*partition/);
  });

  it('refuses what makes no sense', async () => {
    expect(await fault(read({ state: 'asleep' }, {}))).to.match(/"asleep" is none of pending, running, idle/);
    expect(await fault(read({ state: 'idle', count: 'jobs' }, {}))).to.match(/No job is idle/);
    expect(await fault(read({ node: 'west1' }, {}))).to.match(/state="running" goes with node/);
    expect(await fault(read({ timeout: '0 s' }, {}))).to.match(/more than 0/);
  });

  it('reads only what it asked for', () => {
    expect(parseJobs('PENDING|1|1|\n')).to.deep.equal([{ state: 'PENDING', cpus: 1, nodes: 1, reason: '' }]);
    expect(() => parseJobs('PENDING|many|1|Resources')).to.throw(AttituneError, 'squeue printed');
    expect(() => parseNodes('west1|idle|0/4/4')).to.throw(AttituneError, 'sinfo printed');
  });
});
