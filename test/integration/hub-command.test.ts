import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { openMemberBus } from '../../core/app/bus-address.js';
import type { BusMember } from '../../core/bus/member.js';
import { SystemClock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import '../support/bus-token.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const clock = new SystemClock();

describe('attitune hub', function () {
  this.timeout(30_000);
  const running = new Set<ChildProcess>();
  const members: BusMember[] = [];
  afterEach(async () => {
    for (const member of members.splice(0)) await member.close();
    for (const child of running) child.kill('SIGKILL');
    running.clear();
  });

  function hub(...args: string[]) {
    const child = spawn(process.execPath, [CLI, 'hub', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended = once(child, 'close').then(([code]) => {
      running.delete(child);
      return { code: code as number | null, out, err };
    });
    const said = async (pattern: RegExp): Promise<string> => {
      for (;;) {
        const found = pattern.exec(err);
        if (found) return found[1] ?? found[0];
        if (child.exitCode !== null) throw new Error(`it ended before it said ${String(pattern)}:\n${err}`);
        await once(child.stderr, 'data');
      }
    };
    return { child, ended, said };
  }

  async function join(address: string, name: string): Promise<BusMember> {
    const member = await openMemberBus({ address, name, role: 'agent', clock });
    members.push(member);
    return member;
  }

  it('carries messages, says who comes, goes and is refused, and ends in order', async () => {
    const { child, ended, said } = hub('--listen', '127.0.0.1:0', '--json');
    const url = await said(/The bus is at (ws:\S+)\./);
    const [host1, host2] = [await join(url, 'host1'), await join(url, 'host2')];
    await said(/joined host2 \(agent\)/);
    host2.respond('agent.control', () => ({ everyMs: 5000, accepting: true }));
    expect((await host1.request('host2', 'agent.control', {}, { timeoutMs: 10_000 })).accepting).to.equal(true);
    for (let tries = 0; tries < 3; tries += 1) {
      const error: unknown = await join(url, 'host1').catch((reason: unknown) => reason);
      expect(AttituneError.is(error, 'name-taken'), String(error)).to.equal(true);
    }
    await said(/refused host1 from 127\.0\.0\.1:\d+: name-taken: host1 is on the bus already/);
    await host1.close();
    await said(/left host1/);
    child.kill('SIGINT');
    const { code, out, err } = await ended;
    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.deep.include({ members: 1, received: 2, sent: 2, refused: { 'name-taken': 3 } });
    expect(err.match(/name-taken/g), 'what is refused again and again is said once').to.have.length(1);
  });

  it('does not listen for everybody without certificates, nor on a port that is taken', async () => {
    const open = await hub('--listen', '0.0.0.0:0').ended;
    expect([open.code, open.out]).to.deep.equal([2, '']);
    expect(open.err).to.include('error not-permitted').and.include('--pki');
    const first = hub('--listen', '127.0.0.1:0');
    const url = await first.said(/The bus is at (ws:\S+)\./);
    const second = await hub('--listen', new URL(url).host).ended;
    expect(second.code).to.equal(1);
    expect(second.err).to.include('error port-in-use');
    const third = await hub('--listen', '127.0.0.1:0', '--pki', '/no/such/folder').ended;
    expect(third.code).to.equal(1);
    expect(third.err).to.include('error certificate').and.include('attitune pki issue');
    first.child.kill('SIGINT');
    expect((await first.ended).out).to.include('0 messages came in');
  });
});
