import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RemoteExecutor } from '../../core/agent/remote-executor.js';
import { openMemberBus } from '../../core/app/bus-address.js';
import type { BusMember } from '../../core/bus/member.js';
import { WebSocketHub } from '../../core/bus/websocket/index.js';
import type { Reading } from '../../core/model/administration.js';
import { SystemClock } from '../../core/model/clock.js';
import type { MembershipChange } from '../../core/model/member-bus.js';
import type { Heartbeat } from '../../core/model/messages.js';
import { AgentProcess } from '../support/agent-process.js';
import { eventually } from '../support/eventually.js';
import { BUS_TOKEN } from '../support/bus-token.js';

const WITHIN_MS = 20_000;
const ASK = { timeoutMs: 10_000 };

describe('attitune agent, as a process on a WebSocket hub', function () {
  this.timeout(120_000);
  const clock = new SystemClock();
  const agents: AgentProcess[] = [];
  const started: number[] = [];
  let folder: string;
  let hub: WebSocketHub;
  let port: number;
  let url: string;
  let manager: BusMember;
  let heartbeats: Heartbeat[] = [];
  let readings: Reading[] = [];
  let changes: MembershipChange[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-agents-'));
    hub = new WebSocketHub({ clock, graceMs: 500, token: BUS_TOKEN });
    ({ url } = await hub.listen('127.0.0.1', 0));
    port = Number(new URL(url).port);
    await manage();
  });
  after(async () => {
    for (const agent of agents) await agent.end('SIGKILL');
    for (const pid of started) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // it has ended
      }
    }
    await manager.close();
    await hub.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function manage(): Promise<void> {
    [heartbeats, readings, changes] = [[], [], []];
    manager = await openMemberBus({ address: url, name: 'manager', role: 'manager', clock });
    manager.subscribe('agent.heartbeat', (heartbeat) => heartbeats.push(heartbeat));
    manager.subscribe('reading', (reading) => readings.push(reading));
    manager.onMembership((change) => changes.push(change));
  }

  function agent(...args: readonly string[]): AgentProcess {
    const made = new AgentProcess('--bus', url, ...args);
    agents.push(made);
    return made;
  }

  const changed = (name: string, kind: MembershipChange['kind']) =>
    eventually(
      () => Promise.resolve(changes.find(({ member, kind: what }) => member.name === name && what === kind)),
      WITHIN_MS,
      `${name} ${kind}`,
    );
  const beats = (name: string) => heartbeats.filter((heartbeat) => heartbeat.agent === name);
  const beat = (name: string, than = 0) =>
    eventually(
      () => Promise.resolve(beats(name).find(({ sequence }) => sequence > than)),
      WITHIN_MS,
      `a heartbeat of ${name} after ${than}`,
    );
  const executor = (name: string) => new RemoteExecutor(manager, name, clock);

  it('waits for its bus, and says so once', async () => {
    const early = new AgentProcess('--bus', `ws://127.0.0.1:${port}`, '--name', 'early', '--no-hypervisor');
    agents.push(early);
    // the hub is away while it comes up
    await hub.close();
    await eventually(() => Promise.resolve(early.said.includes('Waiting for it.')), WITHIN_MS, 'it waits');
    hub = new WebSocketHub({ clock, graceMs: 500, token: BUS_TOKEN });
    await hub.listen('127.0.0.1', port);
    await beat('early');
    expect(early.said.match(/Waiting for it\./g)).to.have.length(1);
    expect(await early.end('SIGTERM')).to.equal(0);
    await changed('early', 'left');
  });

  it('says how its machine is, and does so at another interval when it is told to', async () => {
    agent('--name', 'host1', '--every', '1 s', '--no-hypervisor');
    const first = await beat('host1');
    expect(first.everyMs).to.equal(1000);
    expect(first.accepting).to.equal(false);
    expect(first.troubles).to.deep.equal({});
    const { server, cores } = first;
    expect(server!.memoryTotalMiB).to.be.greaterThan(server!.memoryFreeMiB);
    expect(server!.load).to.have.length(3);
    expect(cores!.every((load) => load >= 0 && load <= 1)).to.equal(true);
    expect(cores).to.have.length.greaterThan(0);
    await manager.request('host1', 'agent.control', { everyMs: 250 }, ASK);
    const { sequence } = await eventually(
      () => Promise.resolve(beats('host1').find(({ everyMs }) => everyMs === 250)),
      WITHIN_MS,
      'the new interval',
    );
    await beat('host1', sequence + 7);
    const description = await manager.request('host1', 'agent.describe', {}, ASK);
    expect(description.kind).to.equal('host');
    expect(description.measures).to.include.members(['cpu', 'load', 'memory']);
  });

  it('runs commands in their order, and programs that go on', async () => {
    const file = join(folder, 'order');
    const lines = Array.from({ length: 20 }, (_, index) => index);
    const answers = await Promise.all(
      lines.map((line) =>
        manager.request(
          'host1',
          'agent.commands',
          { commands: [{ argv: ['sh', '-c', `sleep 0.0${line % 4}; echo ${line} >> ${file}`] }] },
          { timeoutMs: 60_000 },
        ),
      ),
    );
    expect(answers.every(({ results }) => results[0]?.exitCode === 0)).to.equal(true);
    expect((await readFile(file, 'utf8')).trim().split('\n').map(Number)).to.deep.equal(lines);
    const { pid } = await executor('host1').start({ argv: ['sleep', '300'], logFile: join(folder, 'log') });
    started.push(pid);
    expect(await executor('host1').isRunning(pid)).to.equal(true);
  });

  it('takes commands of managers only', async () => {
    const stranger = await openMemberBus({ address: url, name: 'stranger', role: 'client', clock });
    try {
      const refused = await new RemoteExecutor(stranger, 'host1', clock).run({ argv: ['true'] }).then(
        () => undefined,
        (error: unknown) => error as Error & { readonly code: string },
      );
      expect(refused?.code).to.equal('not-permitted');
      const told = await eventually(
        () => Promise.resolve(beats('host1').find(({ troubles }) => 'refused' in troubles)),
        WITHIN_MS,
        'the refusal is told',
      );
      expect(told.troubles['refused']).to.match(/1 commands? .*stranger/);
    } finally {
      await stranger.close();
    }
  });

  it('measures for a manager, also while it is gone, and goes on when it is back', async () => {
    const probe = {
      probe: 'hostLoad',
      measure: 'load',
      component: 'host1',
      everyMs: 250,
      parameters: {},
      attributes: {},
    };
    expect(await manager.request('host1', 'agent.probes', { probes: [probe] }, ASK)).to.deep.equal({ running: 1 });
    // on a busy machine one or another may be late
    const measured = () => Promise.resolve(readings.filter(({ value }) => value !== undefined).length > 3);
    await eventually(measured, WITHIN_MS, 'readings');
    expect(readings.every(({ unit, component }) => unit === 'load' && component === 'host1')).to.equal(true);
    await manager.close();
    await manage();
    await eventually(measured, WITHIN_MS, 'readings without having asked again');
    expect(await manager.request('host1', 'agent.probes', { probes: [probe] }, ASK)).to.deep.equal({ running: 1 });
  });

  it('is told as failed when it is killed; what it started goes on, and it answers again when it is restarted', async () => {
    await beat('host1');
    const [pid = 0] = started;
    const [killed] = agents.slice(-1);
    const { incarnation } = (await changed('host1', 'joined')).member;
    await killed!.end('SIGKILL');
    await changed('host1', 'failed');
    process.kill(pid, 0);
    changes = [];
    heartbeats = [];
    agent('--name', 'host1', '--no-hypervisor', '--managers', 'manager');
    expect((await changed('host1', 'joined')).member.incarnation).to.not.equal(incarnation);
    expect((await beat('host1')).sequence).to.equal(1);
    expect(await executor('host1').isRunning(pid)).to.equal(true);
    expect(await executor('host1').signal(pid, 'SIGTERM')).to.equal(true);
    await eventually(async () => !(await executor('host1').isRunning(pid)), WITHIN_MS, 'the end of the program');
  });

  it('refuses a second one of its name', async () => {
    const second = agent('--name', 'host1', '--no-hypervisor');
    await eventually(() => Promise.resolve(second.said.includes('Waiting')), WITHIN_MS, 'it waits');
    expect(second.said).to.match(/host1 is on the bus already|host1/);
    expect(await second.end('SIGTERM')).to.equal(0);
    const before = beats('host1').length;
    await eventually(() => Promise.resolve(beats('host1').length > before), WITHIN_MS, 'the first one goes on');
  });

  it('tells that it is inside a virtual machine', async () => {
    agent('--inside', 'okvm1');
    expect((await beat('okvm1')).accepting).to.equal(false);
    const description = await manager.request('okvm1', 'agent.describe', {}, ASK);
    expect(description).to.include({ name: 'okvm1', kind: 'vm' });
    expect(description).to.not.have.property('hypervisor');
    expect(description.machine).to.match(/inside okvm1$/);
  });

  it('leaves in order', async () => {
    const [last] = agents.slice(-1);
    expect(await last!.end('SIGINT')).to.equal(0);
    await changed('okvm1', 'left');
  });

  it('says what is wrong with its call', async () => {
    const wrong = [
      [['--bus', 'ws://192.0.2.1:7420'], /not-permitted/],
      [['--bus', 'nonsense'], /no address of a bus/],
      [['--bus', url, '--name', 'a b'], /cannot be the name/],
      [['--bus', url, '--every', '5'], /duration/],
      [['--bus', url, '--every', '1 ms'], /interval of heartbeats/],
      [['--bus', url, '--connect', 'test:///default', '--no-hypervisor'], /contradict/],
      [['--unit', '-'], /--unit is for/],
    ] as const;
    await Promise.all(
      wrong.map(async ([args, words]) => {
        const call = new AgentProcess(...args);
        agents.push(call);
        expect(await call.over(), args.join(' ')).to.equal(2);
        expect(call.said).to.match(words);
      }),
    );
  });
});
