import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SystemClock } from '../../core/model/clock.js';
import { AttituneError, type ErrorCode } from '../../core/model/errors.js';
import { GuestAgentExecutor } from '../../wrappers/language/executors/guest-agent.js';
import { failureOf } from '../../wrappers/language/executors/guest-agent-channel.js';
import { LoopbackGuestAgent } from '../support/loopback-guest-agent.js';
import { executorContract } from './executor.contract.js';

async function temporaryFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'attitune-agent-')));
}

executorContract('GuestAgentExecutor', async () => {
  const agent = new LoopbackGuestAgent();
  const folder = await temporaryFolder();
  return {
    executor: new GuestAgentExecutor('Machine_1', () => agent.host('host1'), 'Machine_1', new SystemClock(), {
      graceMs: 300,
    }),
    folder,
    close: () => rm(folder, { recursive: true, force: true }),
  };
});

describe('GuestAgentExecutor while its domain moves', () => {
  let agent: LoopbackGuestAgent;
  let executor: GuestAgentExecutor;
  let folder: string;

  beforeEach(async () => {
    agent = new LoopbackGuestAgent();
    folder = await temporaryFolder();
    // the first host is asked once; then the domain is on the second
    const host = () => agent.host(agent.calls.length === 0 ? 'host1' : 'host2');
    executor = new GuestAgentExecutor('Machine_1', host, 'Machine_1', new SystemClock(), { patienceMs: 600 });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('asks the new host when the old one has no such domain', async () => {
    agent.failNext('guest-exec', 'undelivered');
    expect((await executor.run({ argv: ['echo', 'moved'] })).stdout).to.equal('moved\n');
    expect(agent.calls.slice(0, 2)).to.deep.equal(['host1 guest-exec', 'host2 guest-exec']);
  });

  it('polls again when an answer is lost', async () => {
    agent.failNext('guest-exec-status', 'answer-lost');
    expect((await executor.run({ argv: ['sh', '-c', 'sleep 0.3; echo moved'] })).stdout).to.equal('moved\n');
  });

  it('does not run a command twice: where its answer is lost it says so', async () => {
    agent.failNext('guest-exec', 'answer-lost');
    const error = await executor.run({ argv: ['true'] }).catch((reason: unknown) => reason);
    expect(AttituneError.is(error, 'guest-agent')).to.equal(true);
    expect(agent.calls).to.deep.equal(['host1 guest-exec']);
  });

  it('writes a file again when the answer is lost, since that does no harm', async () => {
    agent.failNext('guest-exec', 'answer-lost');
    await executor.put(`${folder}/file`, 'content');
    expect(await executor.get(`${folder}/file`)).to.equal('content');
  });

  it('gives up after its patience', async () => {
    for (let i = 0; i < 50; i += 1) agent.failNext('guest-exec', 'undelivered');
    const error = await executor.run({ argv: ['true'] }).catch((reason: unknown) => reason);
    expect(AttituneError.is(error, 'domain-not-found')).to.equal(true);
    expect((error as Error).message).to.match(/guest-exec in Machine_1 on host2/);
  });
});

describe('failures of guest agents', () => {
  const sorted = (code: ErrorCode, message: string, libvirtCode?: number) =>
    failureOf(new AttituneError(code, message, libvirtCode === undefined ? {} : { details: { libvirtCode } }));

  it('are told apart by what may have reached the guest', () => {
    expect(sorted('domain-not-found', 'gone')).to.equal('undelivered');
    expect(sorted('domain-state', 'off')).to.equal('undelivered');
    expect(sorted('guest-agent', 'QEMU guest agent is not connected', 86)).to.equal('undelivered');
    expect(sorted('guest-agent', 'no reply', 86)).to.equal('unanswered');
    expect(sorted('host-unreachable', 'lost')).to.equal('unanswered');
    expect(sorted('guest-agent', 'PID 7 does not exist', 113)).to.equal('refused');
    expect(sorted('guest-agent', "unable to execute QEMU agent command 'guest-exec-status'")).to.equal('refused');
    expect(sorted('protocol', 'nonsense')).to.equal('refused');
    expect(failureOf(new Error('ours'))).to.equal('refused');
  });
});
