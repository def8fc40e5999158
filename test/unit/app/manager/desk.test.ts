import { expect } from 'chai';
import * as v from 'valibot';
import { attendDesk, statusOf } from '../../../../core/app/manager/desk.js';
import { agentTable, countsText, statusText } from '../../../../core/app/manager/status-texts.js';
import { QUESTION_SCHEMAS } from '../../../../core/bus/schemas.js';
import { MAX_MESSAGE_BYTES } from '../../../../core/model/member-bus.js';
import { MAX_STATUS_COMPONENTS, type ManagerStatus } from '../../../../core/model/manager-status.js';
import { SystemRepresentation } from '../../../../core/model/system-representation.js';
import { instantiate } from '../../../../core/model/wiring.js';
import { AgentsWorld } from '../../../support/agents-world.js';
import { componentClass, deploymentOf } from '../../../support/deployments.js';
import { failure } from '../../agent/world.js';

const ABOUT = { version: '1.2.3', startedAt: 1000, at: 61_000, phase: 'running' } as const;

describe('what a manager answers', () => {
  it('is how it, its system and its agents are', async () => {
    const world = await AgentsWorld.make();
    await world.clock.advance(2000);
    const desk = attendDesk(world.member, world.manager, {
      clock: world.clock,
      version: '1.2.3',
      phase: () => 'running',
    });
    const { bus } = world.agents.get('host1')!;
    const ask = bus.request('fleet', 'manager.status', {}, { timeoutMs: 1000 });
    const status = await world.clock.runUntil(ask);
    expect(status).to.include({ system: 'fleet', version: '1.2.3', phase: 'running', components: 3 });
    expect(status.parts).to.deep.include({
      name: 'Work_1',
      class: 'Work',
      kind: 'software',
      state: 'started',
      node: 'host1',
    });
    expect(status.agents.map(({ name, state, host, probes }) => [name, state, host, probes])).to.deep.equal([
      ['host1', 'alive', true, 1],
      ['host2', 'alive', true, 1],
    ]);
    const text = statusText('fleet', status);
    expect(text)
      .to.match(/fleet is running: manager fleet, AttiTUNe 1\.2\.3/)
      .and.match(/Work_1.*started.*host1/);
    expect(text).to.match(/Messages refused: -/);
    desk.unsubscribe();
    const none = bus.request('fleet', 'manager.status', {}, { timeoutMs: 1000 });
    expect(await world.clock.runUntil(failure(none))).to.include({ code: 'no-answer' });
  });

  it('is the number of an event that it takes, or why it does not', async () => {
    const world = await AgentsWorld.make();
    attendDesk(world.member, world.manager, { clock: world.clock, version: '1', phase: () => 'running' });
    const { bus } = world.agents.get('host2')!;
    const emit = (event: string, component: string) =>
      world.clock.runUntil(
        bus.request('fleet', 'manager.emit', { event, component, source: 'alice' }, { timeoutMs: 1000 }).then(
          ({ id }) => id,
          (error: unknown) => (error as { readonly code?: string }).code,
        ),
      );
    const id = await emit('operator.check', 'host1');
    expect(world.events.at(-1)).to.include({ id, name: 'operator.check', component: 'host1' });
    expect(world.events.at(-1)!.why).to.equal('told from outside, by alice, from host2');
    expect(await emit('operator.check', 'host9')).to.equal('unknown-component');
    expect(await emit('host.failed', 'host1')).to.equal('unknown-event');
    expect(world.events).to.have.length(1);
  });

  it('fits into one message, however large the system is', () => {
    const deployment = deploymentOf({ classes: [componentClass('Tomcat', { initial: 5000 })] });
    const system = new SystemRepresentation(deployment, () => false);
    instantiate(system);
    for (const component of system.components)
      if (component.kind !== 'host') component.lifeCycle.enter('failed', 'x'.repeat(9000));
    const agents = {
      status: () =>
        Array.from({ length: 5000 }, (_, index) => ({
          ...{ name: `a-long-name-of-an-agent-${index}`, state: 'alive', host: true, troubles: 0, refused: {} },
        })),
      refused: () => ({ forged: 1 }),
    } as unknown as NonNullable<Parameters<typeof statusOf>[0]['agents']>;
    const status = statusOf({ system, agents }, ABOUT);
    expect(status.components).to.equal(5002);
    expect(status.parts).to.have.length(MAX_STATUS_COMPONENTS);
    expect(status.parts[0]!.kind).to.equal('host');
    expect(JSON.stringify(status).length).to.be.lessThan(MAX_MESSAGE_BYTES);
    expect(v.safeParse(QUESTION_SCHEMAS['manager.status'].answers, status).success).to.equal(true);
    expect(statusText('m', status)).to.match(/… and 3002 more components/);
  });

  it('is told in tables', () => {
    const agents: ManagerStatus['agents'] = [
      {
        ...{
          name: 'host1',
          state: 'silent',
          host: true,
          ageMs: 12_400,
          everyMs: 5000,
          accepting: true,
          vms: 2,
          probes: 3,
        },
        ...{ load: [0.5, 0.25, 0.1], cpu: 0.423, memoryTotalMiB: 4096, memoryFreeMiB: 1024.4, troubles: 1 },
        ...{ clock: 'it was sent 40.0 s ago', refused: { skewed: 7, forged: 0 } },
      },
      { name: 'host2', state: 'waiting', host: true, troubles: 0, refused: {} },
    ];
    const [, , , host1 = '', , host2 = ''] = agentTable(agents).split('\n');
    const cells = (line: string) =>
      line
        .split('│')
        .map((cell) => cell.trim())
        .filter(Boolean);
    expect(cells(host1 + host2).slice(0, 11)).to.deep.equal([
      ...['host1', 'silent', '12 s ago (every 5.0 s)', '0.50 0.25 0.10', '42 %', '1024 of 4096 MiB', '2', 'yes'],
      ...['3 (1 troubles)', 'off: it was sent 40.0 s ago', 'skewed 7'],
    ]);
    expect(countsText({ forged: 2, skewed: 0, malformed: 1 })).to.equal('forged 2, malformed 1');
  });
});
