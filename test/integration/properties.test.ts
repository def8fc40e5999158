import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { BusMember } from '../../core/bus/member.js';
import { WebSocketHub } from '../../core/bus/websocket/index.js';
import { SystemClock } from '../../core/model/clock.js';
import { SeededRandom } from '../../core/model/random.js';
import { eventually } from '../support/eventually.js';
import { BUS_TOKEN } from '../support/bus-token.js';

const run = promisify(execFile);
const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;

const PROPERTIES = `[ram_free]
command = ram
parameters = MemFree
return_type = int
ticks = 60

[load]
command = load
parameters = 1

[root_used]
command = disk
parameters = used /

[nodes]
command = processes
parameters = no-such-program
return_type = bool
`;

const SITE = `<deployment xmlns="urn:attitune:deployment:1" name="site">
  <hosts family="servers" hypervisor="none"><host name="host1" uri="local:"/></hosts>
  <event name="memory" of="servers"/>
</deployment>`;

/** Each command needs what the one before it did. */
function triggersThatBuild(at: string): string {
  return `[client_query]
expr = { len(manager.clients) != 0 }
cmd = { sender.send_get_property() }
ticks = 1
on_update_check = no

[any_memory]
expr = manager.clients.exists(c, has(c.ram_free) && c.ram_free > 0)
cmd = [["mkdir", "${at}"], ["touch", "${at}/made"], ["mv", "${at}", "${at}-done"]].map(words, sender.send_command("host1", words)) + [emit("memory", "host1", "by a trigger")]
ticks = 3600
on_update_check = yes
`;
}

describe('properties of this machine', function () {
  this.timeout(60_000);
  let folder: string;
  const begun: { readonly child: ChildProcess; said: string }[] = [];
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'attitune-properties-'))));
  after(() => rm(folder, { recursive: true, force: true }));
  afterEach(end);

  function begin(...args: readonly string[]) {
    const env = { ...process.env, ATTITUNE_BUS: undefined, ATTITUNE_PKI: undefined };
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    const made = { child, said: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (made.said += text));
    begun.push(made);
    return made;
  }

  async function end(): Promise<void> {
    for (const { child } of begun.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  }

  it('are told by its agent', async () => {
    const file = join(folder, 'machine.ini');
    await writeFile(file, PROPERTIES);
    const clock = new SystemClock();
    const hub = new WebSocketHub({ clock, token: BUS_TOKEN });
    try {
      const { url } = await hub.listen('127.0.0.1', 0);
      const parts = { name: 'manager', role: 'manager', clock, random: new SeededRandom(1) };
      const manager = await BusMember.open(hub.localTransport(), parts);
      begin('agent', '--bus', url, '--name', 'host1', '--no-hypervisor', '--properties', file);
      const { values } = await eventually(
        () => manager.request('host1', 'agent.properties', {}, { timeoutMs: 2000 }),
        30_000,
        'the agent answers',
      );
      const total = Number(/^MemTotal:\s+(\d+)/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1]);
      expect(values['ram_free']).to.be.a('number').within(1, total);
      expect(values['load']).to.be.a('number').at.least(0);
      expect(values['root_used']).to.be.a('number').above(0);
      expect(values['nodes']).to.equal(false);
      await manager.close();
    } finally {
      await hub.close();
    }
  });

  it("lead to a manager's commands there, in their order, and to events, by its triggers", async () => {
    const [properties, triggers] = [join(folder, 'host.ini'), join(folder, 'site.ini')];
    const [deployment, built] = [join(folder, 'site.deployment.xml'), join(folder, 'built')];
    await writeFile(properties, PROPERTIES);
    await writeFile(triggers, triggersThatBuild(built));
    await writeFile(deployment, SITE);
    const hub = new WebSocketHub({ clock: new SystemClock(), token: BUS_TOKEN });
    try {
      const { url } = await hub.listen('127.0.0.1', 0);
      begin('agent', '--bus', url, '--name', 'host1', '--no-hypervisor', '--properties', properties);
      const manager = begin('manager', deployment, '--bus', url, '--triggers', triggers, '--state', folder);
      await eventually(
        () => stat(`${built}-done/made`).then((found) => found.isFile()),
        40_000,
        `the commands have run: ${manager.said}`,
      );
      await eventually(
        () => Promise.resolve(manager.said.includes('memory (by a trigger)')),
        20_000,
        'the event is told',
      );
    } finally {
      await end();
      await hub.close();
    }
  });

  it('are checked by validate, and before an agent or a manager begins', async () => {
    const good = join(folder, 'good.ini');
    await writeFile(
      good,
      `${PROPERTIES}\n[all]\nexpr = { len(manager.clients) != 0 }\ncmd = { sender.send_get_property() }\n`,
    );
    expect((await run(process.execPath, [CLI, 'validate', good])).stdout).to.include('good.ini: valid');
    const bad = join(folder, 'bad.ini');
    await writeFile(bad, '[a]\ncommand = ram\nparameters = "MemFree; reboot"\ntick = 5\n');
    const failure = (...args: string[]) =>
      run(process.execPath, [CLI, ...args]).then(
        () => expect.fail('it did not fail'),
        (error: unknown) => error as { code: number; stderr: string },
      );
    for (const args of [
      ['validate', bad],
      ['agent', '--bus', 'ws://127.0.0.1:9', '--name', 'host1', '--properties', bad],
    ]) {
      const { code, stderr } = await failure(...args);
      expect(code).to.equal(2);
      expect(stderr).to.match(/bad\.ini:3:14: error value: .*nothing in them is run/);
      expect(stderr).to.match(/bad\.ini:4:1: error ini-key: .*Did you mean "ticks"/);
    }
  });
});
