import { expect } from 'chai';
import fc from 'fast-check';
import { asset } from '../../../core/assets/package-root.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { PeerReadings } from '../../../core/model/peer.js';
import { knowledgeOf } from '../../../core/peers/knowledge.js';
import { checkPeerPolicy, PeerPolicy } from '../../../core/peers/policy.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';

const engine = new ScxmlEngine();
const NOTHING: PeerReadings = {
  ...{ cpuLoadOne: 0, cpuLoadFive: 0, cpuLoadFifteen: 0, actualFreeMemory: 4096, actualUsedMemory: 0 },
  ...{ totalVmMemory: 0, localVmCount: 0, cpus: 8 },
};

function policy(text: string, parameters: Readonly<Record<string, string>> = {}): PeerPolicy {
  const { diagram, errors } = engine.readText(text, 'policy.scxml');
  expect(errors.map(String)).to.deep.equal([]);
  return new PeerPolicy({ diagram: diagram!, engine, parameters, clock: new SimulatedClock(), peer: 'hp1' });
}

function library(name: string, parameters: Readonly<Record<string, string>> = {}): PeerPolicy {
  const { diagram } = engine.read(asset(`diagrams/library/${name}.scxml`));
  return new PeerPolicy({ diagram: diagram!, engine, parameters, clock: new SimulatedClock(), peer: 'hp1' });
}

const chart = (inner: string, data = '') =>
  `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="own" datamodel="ecmascript">${data}${inner}</scxml>`;

/** Overloaded from 2 up, and idle again only below 1. */
const WITH_HYSTERESIS = chart(`
  <state id="idle"><transition event="readings" cond="_event.data.cpuLoadOne &gt;= 2" target="overloaded"/>
    <transition event="readings" cond="_event.data.cpuLoadOne &lt; 0.5" target="underloaded"/></state>
  <state id="overloaded"><transition event="readings" cond="_event.data.cpuLoadOne &lt; 1" target="idle"/></state>
  <state id="underloaded"><transition event="readings" cond="_event.data.cpuLoadOne &gt;= 0.5" target="idle"/></state>`);

describe('the policy of a peer', () => {
  it('tells the role from readings, by thresholds that are given', () => {
    const balance = library('peer-balance');
    expect(balance.role({ ...NOTHING, cpuLoadOne: 1.6 })).to.equal('overloaded');
    expect(balance.role({ ...NOTHING, cpuLoadOne: 1.5 })).to.equal('idle');
    expect(balance.role(NOTHING)).to.equal('underloaded');
    const memory = library('peer-balance', { load: '99', loadLow: '0', memory: '768', memoryLow: '512' });
    expect(memory.role({ ...NOTHING, totalVmMemory: 1024 })).to.equal('overloaded');
    expect(memory.role({ ...NOTHING, totalVmMemory: 512 })).to.equal('idle');
    expect(library('peer-keep-count').role({ ...NOTHING, localVmCount: 2 })).to.equal('underloaded');
    expect(library('peer-leave').role({ ...NOTHING, localVmCount: 1 })).to.equal('overloaded');
    expect(library('peer-leave').role(NOTHING)).to.equal('idle');
  });

  it('of the library has no memory, and one with a hysteresis has', () => {
    for (const name of ['peer-balance', 'peer-adaptive', 'peer-leave', 'peer-keep-count'])
      expect(engine.read(asset(`diagrams/library/${name}.scxml`)).diagram?.memoryless, name).to.equal(true);
    expect(engine.readText(WITH_HYSTERESIS, 'own.scxml').diagram?.memoryless).to.equal(false);
  });

  it('with a memory answers what would be without changing what is', () => {
    const own = policy(WITH_HYSTERESIS);
    expect(own.role({ ...NOTHING, cpuLoadOne: 2 })).to.equal('overloaded');
    expect(own.role({ ...NOTHING, cpuLoadOne: 1.5 })).to.equal('overloaded');
    expect(own.roleIf({ ...NOTHING, cpuLoadOne: 0.9 })).to.equal('idle');
    expect(own.role({ ...NOTHING, cpuLoadOne: 1.5 })).to.equal('overloaded');
    expect(own.role({ ...NOTHING, cpuLoadOne: 0.9 })).to.equal('idle');
    expect(own.role({ ...NOTHING, cpuLoadOne: 1.5 })).to.equal('idle');
    own.close();
  });

  it('without a memory answers the same whatever it was asked before', () => {
    const load = fc.double({ min: 0, max: 4, noNaN: true });
    fc.assert(
      fc.property(fc.array(load, { minLength: 1, maxLength: 20 }), (loads) => {
        const asked = library('peer-balance');
        for (const cpuLoadOne of loads) {
          const expected = cpuLoadOne > 1.5 ? 'overloaded' : cpuLoadOne < 0.5 ? 'underloaded' : 'idle';
          expect(asked.role({ ...NOTHING, cpuLoadOne })).to.equal(expected);
        }
      }),
    );
  });

  it('adapts to what is known of others, and has fixed limits where too little is', () => {
    const adaptive = library('peer-adaptive');
    const others = (load: number, count: number) =>
      knowledgeOf(Array.from({ length: count }, () => ({ readings: { ...NOTHING, cpuLoadOne: load } })));
    expect(adaptive.role({ ...NOTHING, cpuLoadOne: 4 })).to.equal('overloaded');
    expect(adaptive.role({ ...NOTHING, cpuLoadOne: 4 }, others(4, 2))).to.equal('overloaded');
    expect(adaptive.role({ ...NOTHING, cpuLoadOne: 4 }, others(4, 8))).to.equal('idle');
    expect(adaptive.role({ ...NOTHING, cpuLoadOne: 4 }, others(3, 8))).to.equal('overloaded');
    expect(adaptive.role({ ...NOTHING, cpuLoadOne: 2 }, others(4, 8))).to.equal('underloaded');
    expect(adaptive.role({ ...NOTHING, cpuLoadOne: 0.4 }, others(0, 8))).to.equal('idle');
  });

  it('is refused where it is none: every mistake is told', () => {
    const { diagram } = engine.readText(
      chart('<state id="idle"><transition event="go" target="idle"/></state>'),
      'x.scxml',
    );
    expect(checkPeerPolicy(diagram!).map(({ code }) => code)).to.deep.equal([
      'unknown-state',
      'unknown-state',
      'unknown-event',
    ]);
    expect(() => new PeerPolicy({ diagram: diagram!, engine, clock: new SimulatedClock(), peer: 'hp1' })).to.throw(
      'it has no state "overloaded"',
    );
    const { diagram: balance } = engine.read(asset('diagrams/library/peer-balance.scxml'));
    expect(checkPeerPolicy(balance!, { load: '1,5' }).map(({ message }) => message)).to.deep.equal([
      'load of the policy "peer-balance" is "1,5"; give a number, such as 1.5.',
    ]);
  });

  it('that fails tells it, and begins anew with the next readings', () => {
    const own = policy(
      chart(`<state id="peer"><transition event="readings" cond="_event.data.known.nobody.mean &gt; 1" target="overloaded"/>
        <transition event="readings" target="idle"/>
        <state id="idle"/><state id="overloaded"/><state id="underloaded"/></state>`),
    );
    expect(() => own.role(NOTHING)).to.throw('the policy "own" failed on its readings');
    expect(() => own.role(NOTHING)).to.throw('the policy "own" failed on its readings');
  });

  it('without a memory is fast', () => {
    const balance = library('peer-balance');
    const beganAt = process.hrtime.bigint();
    for (let index = 0; index < 20_000; index += 1) balance.roleIf({ ...NOTHING, cpuLoadOne: index / 10_000 });
    const eachUs = Number(process.hrtime.bigint() - beganAt) / 20_000 / 1000;
    expect(eachUs).to.be.lessThan(500);
    if (process.env['PEER_TIMES']) console.log(`${eachUs.toFixed(1)} us each`);
  });
});
