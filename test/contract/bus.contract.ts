import { expect } from 'chai';
import type { AdministrationEvent, Reading } from '../../core/model/administration.js';
import type { Bus, Topic } from '../../core/model/bus.js';

/** A bus under test. `settle` resolves when everything published so far was delivered. */
export interface BusUnderTest {
  readonly bus: Bus;
  settle(): Promise<void>;
  close(): Promise<void>;
}

export type BusFactory = (onError: (error: unknown, topic: Topic) => void) => Promise<BusUnderTest>;

function event(id: number, name = 'overloaded'): AdministrationEvent {
  return { id, name, component: 'host1', at: 1000 + id, why: `test event ${id}` };
}

function reading(value: number): Reading {
  return { probe: 'hostCpu', measure: 'cpu', component: 'host1', value, unit: 'ratio', at: 1000, durationMs: 1 };
}

/** What every `Bus` promises, whatever carries its messages. */
export function busContract(name: string, create: BusFactory): void {
  describe(`${name} keeps the contract of a bus`, () => {
    let under: BusUnderTest;
    let errors: { error: unknown; topic: Topic }[];

    beforeEach(async () => {
      errors = [];
      under = await create((error, topic) => errors.push({ error, topic }));
    });
    afterEach(() => under.close());

    it('delivers a message to every subscriber of its topic and to no other', async () => {
      const first: number[] = [];
      const second: number[] = [];
      const readings: Reading[] = [];
      under.bus.subscribe('event', (message) => first.push(message.id));
      under.bus.subscribe('event', (message) => second.push(message.id));
      under.bus.subscribe('reading', (message) => readings.push(message));
      under.bus.publish('event', event(1));
      await under.settle();
      expect(first).to.deep.equal([1]);
      expect(second).to.deep.equal([1]);
      expect(readings).to.deep.equal([]);
    });

    it('delivers the whole message as it was published', async () => {
      const heard: AdministrationEvent[] = [];
      under.bus.subscribe('event', (message) => heard.push(message));
      const sent = { ...event(7), arg: 'π = 3.14; "quoted"\n' };
      under.bus.publish('event', sent);
      await under.settle();
      expect(heard).to.deep.equal([sent]);
    });

    it('keeps the order in which one publisher published', async () => {
      const heard: number[] = [];
      under.bus.subscribe('event', (message) => heard.push(message.id));
      for (let id = 1; id <= 200; id += 1) under.bus.publish('event', event(id));
      await under.settle();
      expect(heard).to.deep.equal(Array.from({ length: 200 }, (_, index) => index + 1));
    });

    it('keeps the order across topics', async () => {
      const heard: string[] = [];
      under.bus.subscribe('reading', (message) => heard.push(`reading ${message.value ?? ''}`));
      under.bus.subscribe('event', (message) => heard.push(`event ${message.id}`));
      under.bus.publish('reading', reading(0.9));
      under.bus.publish('event', event(1));
      under.bus.publish('reading', reading(0.2));
      await under.settle();
      expect(heard).to.deep.equal(['reading 0.9', 'event 1', 'reading 0.2']);
    });

    it('shows every subscriber the same order when a listener publishes', async () => {
      const early: string[] = [];
      const late: string[] = [];
      under.bus.subscribe('event', (message) => {
        early.push(message.name);
        if (message.name === 'overloaded') under.bus.publish('event', event(2, 'relieved'));
      });
      under.bus.subscribe('event', (message) => late.push(message.name));
      under.bus.publish('event', event(1));
      await under.settle();
      expect(early).to.deep.equal(['overloaded', 'relieved']);
      expect(late).to.deep.equal(early);
    });

    it('reports a listener that throws, and neither the others nor the publisher notice', async () => {
      const heard: number[] = [];
      under.bus.subscribe('event', () => {
        throw new Error('this listener is broken');
      });
      under.bus.subscribe('event', (message) => heard.push(message.id));
      expect(() => under.bus.publish('event', event(1))).not.to.throw();
      under.bus.publish('event', event(2));
      await under.settle();
      expect(heard).to.deep.equal([1, 2]);
      expect(errors.map((entry) => [(entry.error as Error).message, entry.topic])).to.deep.equal([
        ['this listener is broken', 'event'],
        ['this listener is broken', 'event'],
      ]);
    });

    it('says nothing more to a listener that unsubscribed, also while a message is delivered', async () => {
      const heard: string[] = [];
      under.bus.subscribe('event', () => second.unsubscribe());
      const second = under.bus.subscribe('event', (message) => heard.push(`second ${message.id}`));
      const third = under.bus.subscribe('event', (message) => {
        heard.push(`third ${message.id}`);
        third.unsubscribe();
      });
      under.bus.publish('event', event(1));
      await under.settle();
      under.bus.publish('event', event(2));
      await under.settle();
      expect(heard).to.deep.equal(['third 1']);
      expect(() => second.unsubscribe()).not.to.throw();
    });

    it('takes the same function twice, as two subscriptions', async () => {
      let calls = 0;
      const listener = () => (calls += 1);
      const first = under.bus.subscribe('event', listener);
      under.bus.subscribe('event', listener);
      under.bus.publish('event', event(1));
      await under.settle();
      expect(calls).to.equal(2);
      first.unsubscribe();
      under.bus.publish('event', event(2));
      await under.settle();
      expect(calls).to.equal(3);
    });

    it('takes messages of a topic that nobody listens to', async () => {
      expect(() => under.bus.publish('event', event(1))).not.to.throw();
      await under.settle();
      expect(errors).to.deep.equal([]);
    });
  });
}
