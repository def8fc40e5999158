import { expect } from 'chai';
import { BusMember } from '../../../core/bus/member.js';
import { MemoryHub } from '../../../core/bus/memory-hub.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { AttituneError } from '../../../core/model/errors.js';
import type { Executor } from '../../../core/model/executor.js';
import type { PropertyValue } from '../../../core/model/messages.js';
import { SeededRandom } from '../../../core/model/random.js';
import {
  initialTriggers,
  PropertyCollector,
  readDefinitions,
  stepTriggers,
  TriggerRunner,
  type TriggerAction,
  type TriggerWorld,
} from '../../../probes/properties/index.js';

function triggersOf(text: string) {
  const { triggers, errors } = readDefinitions('a.ini', text);
  expect(errors).to.deep.equal([]);
  return triggers;
}

function world(clients: Readonly<Record<string, Readonly<Record<string, PropertyValue>>>>): TriggerWorld {
  const list = Object.entries(clients).map(([name, properties]) => ({ name, role: 'agent', properties }));
  return { manager: 'manager', clients: list };
}

describe('triggers', () => {
  const does = (cmd: string, clients: Parameters<typeof world>[0] = {}, expr = 'true'): readonly TriggerAction[] => {
    const [trigger] = triggersOf(`[a]\nexpr = ${expr}\ncmd = ${cmd}\n`);
    const seen = world(clients);
    return trigger?.when(seen) === true ? trigger.command(seen) : [];
  };

  it('see the properties of clients by their types, and do what the table of commands has', () => {
    const clients = {
      host1: { ram_free: 100, load: 1.5, name_of: 'x', busy: true },
      host2: { ram_free: 900, load: 0.5, busy: false },
      host3: { ram_free: { failure: 'no /proc' } },
    };
    expect(
      does(
        'manager.clients.filter(c, has(c.ram_free) && c.ram_free < 500).map(c, sender.send_command(c, ["virsh", "start", c.name + "-vm", 5]))',
        clients,
      ),
    ).to.deep.equal([{ kind: 'send-command', client: 'host1', argv: ['virsh', 'start', 'host1-vm', '5'] }]);
    expect(
      does('emit("overloaded", "host1")', clients, '{ manager.clients.exists(c, has(c.load) && c.load > 1) }'),
    ).to.deep.equal([{ kind: 'emit', event: 'overloaded', component: 'host1' }]);
    expect(does('[emit("a", "b", "c"), sender.send_get_property("host1", ["load"])]', clients)).to.deep.equal([
      { kind: 'emit', event: 'a', component: 'b', arg: 'c' },
      { kind: 'get-property', client: 'host1', names: ['load'] },
    ]);
    expect(does('sender.send_get_property(manager.clients[0])', clients)).to.deep.equal([
      { kind: 'get-property', client: 'host1' },
    ]);
    expect(does('sender.send_command("host2", "xm list")', clients, 'manager.clients[1].busy == false')).to.have.length(
      1,
    );
    expect(
      does('emit("a", "b")', clients, 'len(manager.clients[0].name_of) == 1 && len(manager.clients) == 3'),
    ).to.have.length(1);
  });

  it('must be what they are for: conditions are true or false, commands are of the table', () => {
    const codes = (expr: string, cmd: string) =>
      readDefinitions('a.ini', `[a]\nexpr = ${expr}\ncmd = ${cmd}\n`).errors.map(
        ({ code, place }: AttituneError) => `${code} ${place?.line}:${place?.column}`,
      );
    expect(codes('{ len(manager.clients) }', 'emit("a", "b")')).to.deep.equal(['expression 2:10']);
    expect(codes('true', '{ 1 + 1 }')).to.deep.equal(['expression 3:9']);
    expect(codes('true', 'system("reboot")')).to.deep.equal(['expression 3:7']);
    expect(codes('manager.client != 0', 'emit("no event", "b")')).to.deep.equal(['expression 2:16', 'value 3:12']);
    expect(codes('{ }', 'x'.repeat(5000))).to.deep.equal(['expression 2:8', 'expression 3:7']);
  });

  it('are looked at by their ticks, and after updates where they ask for it', () => {
    const triggers = triggersOf(
      '[slow]\nexpr = true\ncmd = emit("slow", "c")\nticks = 30\n[eager]\nexpr = true\ncmd = emit("eager", "c")\nticks = 60\non_update_check = yes\n',
    );
    let state = initialTriggers(triggers, 0);
    const look = (now: number, update = false) => {
      const step = stepTriggers(triggers, state, world({}), { now, update });
      state = step.state;
      return step.fired.map(({ trigger }) => trigger);
    };
    expect(look(0)).to.deep.equal([]);
    expect(look(29_999)).to.deep.equal([]);
    expect(look(30_000)).to.deep.equal(['slow']);
    expect(look(30_000)).to.deep.equal([]);
    expect(look(31_000, true)).to.deep.equal(['eager']);
    expect(look(31_500, true), 'so soon again').to.deep.equal([]);
    expect(look(60_000)).to.deep.equal(['slow', 'eager']);
    expect(look(1_000_000), 'after a standstill once').to.deep.equal(['slow', 'eager']);
    expect(look(1_000_001)).to.deep.equal(['slow', 'eager']);
  });

  it('that cannot be evaluated do nothing, and say why', () => {
    const triggers = triggersOf('[a]\nexpr = manager.clients[0].ram_free < 5\ncmd = emit("a", "b")\n');
    const at = { now: 30_000, update: false };
    const step = stepTriggers(triggers, initialTriggers(triggers, 0), world({ host1: {} }), at);
    expect(step.fired).to.deep.equal([]);
    expect(step.failed).to.deep.equal([{ trigger: 'a', why: 'No such key: ram_free.' }]);
  });
});

describe('properties and triggers on a bus', () => {
  function machine(files: Readonly<Record<string, string>>, outputs: Readonly<Record<string, string>> = {}) {
    const ran: string[] = [];
    const executor: Executor = {
      node: 'host1',
      run: ({ argv }) => {
        ran.push(argv.join(' '));
        const stdout = outputs[argv[0]];
        return Promise.resolve({ exitCode: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: 'no such' });
      },
      get: (path) => Promise.resolve(files[path]),
      start: () => Promise.reject(new Error('not here')),
      signal: () => Promise.resolve(false),
      isRunning: () => Promise.resolve(false),
      put: () => Promise.reject(new Error('not here')),
    };
    return { executor, ran };
  }

  it('collects each property at its own ticks', async () => {
    const clock = new SimulatedClock();
    const files = {
      '/proc/meminfo': 'MemTotal: 16 kB\nMemFree:       123 kB\n',
      '/proc/loadavg': '0.50 1.25 2.00 1/2 3\n',
    };
    const outputs = {
      df: 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/my disk 100 60 40 60% /\n',
      ps: 'init\nsshd\nsshd\n',
    };
    const { executor, ran } = machine(files, outputs);
    const { properties, errors } = readDefinitions(
      'a.ini',
      `[free]\ncommand = ram\nparameters = MemFree\nticks = 1
[huge]\ncommand = ram\nparameters = HugePages
[five]\ncommand = load\nparameters = 5
[disk]\ncommand = disk\nparameters = free /
[used]\ncommand = disk\nparameters = used /\nreturn_type = float
[sshds]\ncommand = processes\nparameters = sshd\nticks = 5
[none]\ncommand = processes\nparameters = apache2\nreturn_type = bool`,
    );
    expect(errors).to.deep.equal([]);
    const collector = new PropertyCollector(properties, executor, clock);
    collector.start();
    expect(await collector.values()).to.deep.equal({
      free: 123,
      huge: { failure: '/proc/meminfo of host1 has no field HugePages.' },
      five: 1.25,
      disk: 40,
      used: 60,
      sshds: 2,
      none: false,
    });
    files['/proc/meminfo'] = 'MemFree: 7 kB\n';
    files['/proc/loadavg'] = '0 0 0';
    await clock.advance(5000);
    expect(await collector.values(['free', 'five', 'nothing'])).to.deep.equal({
      free: 7,
      five: 1.25,
      nothing: { failure: 'There is no property nothing here.' },
    });
    expect(ran.filter((line) => line.startsWith('ps'))).to.have.length(3);
    expect(ran).to.include('df -P -k -- /');
    collector.stop();
    expect(clock.nextDueAt).to.equal(undefined);
  });

  it("queries its clients by the article's trigger, and reacts to what they say; commands stay in order", async () => {
    const clock = new SimulatedClock(1_000_000);
    const hub = new MemoryHub({ clock });
    const open = (name: string, role: string) =>
      BusMember.open(hub.transport(), { name, role, clock, random: new SeededRandom(1) });
    const [manager, agent] = [await open('manager', 'manager'), await open('host1', 'agent')];
    const free = { value: 900 };
    const asked: unknown[] = [];
    const commands: string[] = [];
    agent.respond('agent.properties', ({ names }) => {
      asked.push(names);
      return { values: { ram_free: free.value } };
    });
    agent.respond('agent.commands', ({ commands: some }) => {
      commands.push(...some.map(({ argv }) => argv.join(' ')));
      const exitCode = some.some(({ argv }) => argv[0] === 'false') ? 3 : 0;
      return { results: some.map(() => ({ exitCode, stdout: '', stderr: 'it said no' })) };
    });
    const events: unknown[] = [];
    const troubles = new Map<string, string>();
    const runner = new TriggerRunner({
      bus: manager,
      clock,
      triggers: triggersOf(`[client_query]
expr = { len(manager.clients) != 0 }
cmd = { sender.send_get_property() }
ticks = 30
on_update_check = no
[short]
expr = manager.clients.exists(c, has(c.ram_free) && c.ram_free < 100)
cmd = [sender.send_command("host1", ["first"]), sender.send_command("host1", "second one"), emit("short", "host1", "ram")]
ticks = 3600
on_update_check = yes
[failing]
expr = manager.clients.exists(c, has(c.ram_free) && c.ram_free == 1)
cmd = manager.clients.map(c, sender.send_command(c, ["false"]))
ticks = 3600
on_update_check = yes
`),
      emit: (...what) => events.push(what),
      onTrouble: (trigger, why) => (why === undefined ? troubles.delete(trigger) : troubles.set(trigger, why)),
    });
    runner.start();
    await clock.advance(29_000);
    expect(asked).to.deep.equal([]);
    await clock.advance(2_000);
    expect(asked).to.deep.equal([undefined]);
    expect(runner.world.clients).to.deep.equal([{ name: 'host1', role: 'agent', properties: { ram_free: 900 } }]);
    expect(commands).to.deep.equal([]);
    free.value = 50;
    await clock.advance(32_000);
    expect(commands).to.deep.equal(['first', 'second one']);
    expect(events).to.deep.equal([['short', 'host1', 'ram']]);
    free.value = 1;
    await clock.advance(32_000);
    expect(commands.slice(2)).to.deep.equal(['first', 'second one', 'false']);
    expect(troubles.get('failing')).to.equal('false on host1 ended with exit code 3: it said no');
    await agent.close();
    await clock.advance(100_000);
    expect(runner.world.clients).to.deep.equal([]);
    expect(asked).to.have.length(3);
    runner.stop();
    await manager.close();
  });
});
