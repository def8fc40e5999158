import { expect } from 'chai';
import type { Reading } from '../../../core/model/administration.js';
import type { HttpClient } from '../../../core/model/executor.js';
import type { HostAccess } from '../../../core/model/infrastructure.js';
import type { ProbeAssignment } from '../../../core/model/messages.js';
import type { Probe, ProbeRegistry, ProbeTarget } from '../../../core/model/probe.js';
import { AgentWorld, failure } from './world.js';

/** Measures the number of its readings so far, of whatever it is attached to. */
class CountingProbe implements Probe {
  readonly measure = 'count';
  readonly description = 'counts';
  readonly unit = 'load';
  readonly parameters = [{ name: 'step', required: false, description: 'by how much' }];
  readonly targets: ProbeTarget[] = [];
  failing = false;

  attach(target: ProbeTarget) {
    this.targets.push(target);
    let value = 0;
    const step = Number(target.parameters['step'] ?? 1);
    return {
      read: () => (this.failing ? Promise.reject(new Error('no way')) : Promise.resolve((value += step))),
    };
  }
}

const HOST = { name: 'host1', local: true } as HostAccess;

async function measuring() {
  const probe = new CountingProbe();
  const registry: ProbeRegistry = {
    get: (measure) => (measure === 'count' ? probe : undefined),
    measures: () => ['count'],
  };
  const world = await AgentWorld.make({
    probes: { registry, host: () => HOST, http: {} as HttpClient },
  });
  const readings: Reading[] = [];
  world.manager.subscribe('reading', (reading) => readings.push(reading));
  const assign = (probes: readonly ProbeAssignment[], by = world.manager) =>
    world.during(by.request('host1', 'agent.probes', { probes }, { timeoutMs: 1000 }));
  return { world, probe, readings, assign };
}

const assignment = (more: Partial<ProbeAssignment> = {}): ProbeAssignment => ({
  probe: 'p',
  measure: 'count',
  component: 'host1',
  everyMs: 1000,
  parameters: {},
  attributes: {},
  ...more,
});

describe('probes that an agent is asked to run', () => {
  it('are read on a grid of times, and their readings are published', async () => {
    const { world, probe, readings, assign } = await measuring();
    const vm = assignment({
      probe: 'q',
      component: 'okvm1',
      domain: 'okvm1',
      parameters: { step: '10' },
      attributes: { port: '80' },
    });
    expect(await assign([assignment(), vm])).to.deep.equal({ running: 2 });
    await world.clock.advance(2000);
    expect(readings.map(({ probe: name, component, value }) => [name, component, value])).to.deep.equal([
      ['p', 'host1', 1],
      ['q', 'okvm1', 10],
      ['p', 'host1', 2],
      ['q', 'okvm1', 20],
      ['p', 'host1', 3],
      ['q', 'okvm1', 30],
    ]);
    const [ofHost, ofVm] = probe.targets;
    expect([ofHost!.component.kind, ofVm!.component.kind]).to.deep.equal(['host', 'vm']);
    expect(ofVm!.domain()).to.equal('okvm1');
    expect(ofVm!.component.attributes.get('port')).to.equal('80');
    expect(ofVm!.host()).to.equal(HOST);
    await world.clock.advance(5000);
    expect(world.heartbeats.at(-1)?.probes).to.equal(2);
    expect(
      (await world.during(world.manager.request('host1', 'agent.describe', {}, { timeoutMs: 100 }))).measures,
    ).to.deep.equal(['count']);
  });

  it('go on without a gap when they are asked for again, and end when they are not', async () => {
    const { world, probe, readings, assign } = await measuring();
    await assign([assignment({ parameters: { step: '1' }, attributes: { a: '1', b: '2' } })]);
    await world.clock.advance(1500);
    await assign([
      assignment({ parameters: { step: '1' }, attributes: { b: '2', a: '1' } }),
      assignment({ probe: 'r' }),
    ]);
    await world.clock.advance(1000);
    expect(readings.filter(({ probe: name }) => name === 'p').map(({ value }) => value)).to.deep.equal([1, 2, 3]);
    expect(probe.targets).to.have.length(2);
    await assign([assignment({ probe: 'r' })]);
    readings.length = 0;
    await world.clock.advance(3000);
    expect(new Set(readings.map(({ probe: name }) => name))).to.deep.equal(new Set(['r']));
  });

  it('that several ask for run once, until nobody wants them', async () => {
    const { world, readings, assign } = await measuring();
    const other = await world.join('other', 'manager');
    await assign([assignment()]);
    await assign([assignment()], other);
    await world.clock.advance(1000);
    expect(readings.map(({ value }) => value)).to.deep.equal([1, 2]);
    await assign([]);
    await world.clock.advance(1000);
    expect(readings.map(({ value }) => value)).to.deep.equal([1, 2, 3]);
    await assign([], other);
    await world.clock.advance(3000);
    expect(readings).to.have.length(3);
  });

  it('change nothing where one of them cannot be', async () => {
    const { world, readings, assign } = await measuring();
    await assign([assignment()]);
    for (const [wrong, code] of [
      [assignment({ probe: 'x', measure: 'cuont' }), 'unknown-measure'],
      [assignment({ probe: 'x', parameters: { stop: '1' } }), 'xml-attribute'],
      [assignment({ probe: 'x', everyMs: 50 }), 'value'],
    ] as const) {
      const error = await failure(assign([assignment({ probe: 'fine' }), wrong]));
      expect(error.code).to.equal(code);
    }
    readings.length = 0;
    await world.clock.advance(1000);
    expect(readings.map(({ probe }) => probe)).to.deep.equal(['p']);
  });

  it('tell that they cannot measure, and that they can again', async () => {
    const { world, probe, readings, assign } = await measuring();
    probe.failing = true;
    await assign([assignment()]);
    await world.clock.advance(5000);
    expect(readings.every(({ failure: why, value }) => why === 'no way' && value === undefined)).to.equal(true);
    expect(world.heartbeats.at(-1)?.troubles).to.have.keys('probe p of host1');
    probe.failing = false;
    await world.clock.advance(6000);
    expect(world.heartbeats.at(-1)?.troubles).to.deep.equal({});
  });

  it('go on while the manager is gone, and its readings wait for it', async () => {
    const { world, readings, assign } = await measuring();
    await assign([assignment()]);
    await world.clock.advance(1000);
    world.hub.stop();
    await world.clock.advance(10_000);
    const before = readings.length;
    world.hub.start();
    await world.clock.advance(100);
    expect(readings.length - before).to.equal(10);
    expect(readings.map(({ value }) => value)).to.deep.equal(Array.from({ length: 12 }, (_, index) => index + 1));
    // it asks again, as it does when it is back
    expect(await assign([assignment()])).to.deep.equal({ running: 1 });
    await world.clock.advance(1000);
    expect(readings.at(-1)?.value).to.equal(13);
  });
});
