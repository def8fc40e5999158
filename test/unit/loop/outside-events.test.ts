import { expect } from 'chai';
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { EventChannel } from '../../../core/loop/event-channel.js';
import { Journal } from '../../../core/loop/journal.js';
import { OutsideEvents, type OutsideNotice } from '../../../core/loop/outside-events.js';
import type { AdministrationEvent } from '../../../core/model/administration.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { Diagram } from '../../../core/model/diagram.js';
import { AttituneError } from '../../../core/model/errors.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { componentClass, deploymentOf } from '../../support/deployments.js';

const place = { file: 'test.deployment.xml', line: 1, column: 1 };

describe('events from outside', () => {
  const deployment = deploymentOf({
    classes: [componentClass('Tomcat', { initial: 1 }), componentClass('Apache', { initial: 1 })],
    events: [
      { name: 'backup', of: 'Tomcat', place },
      { name: 'told', place },
      { name: 'vm.failed', place },
    ],
    diagrams: [{ file: '/a.scxml', on: ['overloaded', 'host.failed'], parameters: {}, place }],
    policies: [{ file: '/p.scxml', mode: 'automatic', parameters: {}, place }],
  });
  const policy = { hears: ['load.*', 'exact', 'done.invoke.x'] } as unknown as Diagram;
  let raised: AdministrationEvent[];
  let outside: OutsideEvents;
  let watching: boolean;

  beforeEach(() => {
    const clock = new SimulatedClock();
    const bus = new MemoryBus();
    const system = new SystemRepresentation(deployment, () => false);
    instantiate(system);
    const events = new EventChannel(clock, bus, new Journal(clock, bus));
    raised = [];
    watching = true;
    events.onEvent((event) => raised.push(event));
    outside = new OutsideEvents({
      deployment,
      system,
      events,
      diagrams: new Map([['/p.scxml', policy]]),
      watching: () => watching,
    });
  });

  const accept = (event: string, component: string, more: Partial<OutsideNotice> = {}) =>
    outside.accept({ event, component, source: 'a test', ...more });
  const code = (act: () => unknown): string => {
    try {
      act();
      return 'accepted';
    } catch (error) {
      return AttituneError.is(error) ? `${error.code}: ${error.message}` : String(error);
    }
  };

  it('are those that are declared, those of operators, and those that diagrams and policies hear', () => {
    for (const event of ['told', 'operator.evacuate', 'overloaded', 'exact', 'load.high', 'load', 'vm.failed'])
      expect(accept(event, 'host1', { arg: 'x' }), event).to.include({ name: event, component: 'host1', arg: 'x' });
    expect(raised).to.have.length(7);
    expect(raised[0]!.why).to.equal('told from outside, by a test');
    expect(new Set(raised.map(({ id }) => id)).size).to.equal(7);
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['overlaoded', 'host1', /^unknown-event: .*overlaoded.*overloaded/],
    ['loads', 'host1', /^unknown-event/],
    ['operator.', 'host1', /^unknown-event/],
    ['host.failed', 'host1', /^unknown-event: .*finds out by itself/],
    ['told', 'host7', /^unknown-component: .*"host7"/],
    ['backup', 'Apache_1', /^value: .*about Tomcat/],
  ];
  for (const [event, component, answer] of refused)
    it(`refuse ${event} of ${component}`, () => {
      expect(code(() => accept(event, component))).to.match(answer);
      expect(raised).to.deep.equal([]);
    });

  it('are about a component of the class that is declared', () => {
    expect(accept('backup', 'Tomcat_1')).to.include({ component: 'Tomcat_1' });
  });

  it('have a short argument of plain text, or none', () => {
    expect(code(() => accept('told', 'host1', { arg: 'x'.repeat(5000) }))).to.match(/^value/);
    expect(code(() => accept('told', 'host1', { arg: 'a\u001b[2J' }))).to.match(/^value/);
    expect(accept('told', 'host1', { arg: '' })).to.not.have.property('arg');
    expect(accept('told', 'host1', { source: 'a\u0000b\n' }).why).to.equal('told from outside, by a b\n');
  });

  it('are refused while the system starts', () => {
    watching = false;
    expect(code(() => accept('told', 'host1'))).to.match(/^illegal-life-cycle/);
  });
});
