import { expect } from 'chai';
import fc from 'fast-check';
import { AttituneError } from '../../../core/model/errors.js';
import { MigrationQueue } from '../../../core/model/migration-queue.js';
import type { MigrationPlace, MigrationTicket } from '../../../core/model/migration-queue.js';

const ticket = (domain: string, from: string, to: string, memoryMiB = 100): MigrationTicket => ({
  domain,
  from,
  to,
  memoryMiB,
});

/** Asks to enter, and notes when it may. */
function ask(queue: MigrationQueue, wanted: MigrationTicket, signal?: AbortSignal) {
  const asked: { place?: MigrationPlace; error?: AttituneError } = {};
  const done = queue.enter(wanted, signal).then(
    (place) => void (asked.place = place),
    (error: unknown) => void (asked.error = error as AttituneError),
  );
  return Object.assign(asked, { done });
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the queue of migrations', () => {
  it('lets two in or out of a host, and the third when one of them leaves', async () => {
    const queue = new MigrationQueue();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => ask(queue, ticket(name, 'host1', 'host2')));
    await settled();
    expect([a?.place, b?.place, c?.place].map(Boolean)).to.deep.equal([true, true, false]);
    expect(queue.running.map(({ domain }) => domain)).to.deep.equal(['a', 'b']);
    expect(queue.waiting.map(({ domain }) => domain)).to.deep.equal(['c']);
    a?.place?.leave();
    a?.place?.leave();
    await settled();
    expect(c?.place).not.to.equal(undefined);
    expect(queue.running.map(({ domain }) => domain)).to.deep.equal(['b', 'c']);
  });

  it('lets four migrate altogether', async () => {
    const queue = new MigrationQueue();
    const all = [1, 2, 3, 4, 5].map((n) => ask(queue, ticket(`vm${n}`, `from${n}`, `to${n}`)));
    await settled();
    expect(all.map(({ place }) => Boolean(place))).to.deep.equal([true, true, true, true, false]);
    const last = queue.waiting[0];
    expect(last && queue.blocking(last)).to.deep.equal([]);
  });

  it('does not hold up those between other hosts', async () => {
    const queue = new MigrationQueue({ perHost: 1 });
    ask(queue, ticket('a', 'host1', 'host2'));
    const waits = ask(queue, ticket('b', 'host2', 'host3'));
    const passes = ask(queue, ticket('c', 'host4', 'host5'));
    await settled();
    expect([waits.place, passes.place].map(Boolean)).to.deep.equal([false, true]);
    expect(queue.waiting[0] && queue.blocking(queue.waiting[0])).to.deep.equal([{ host: 'host2', others: 1 }]);
    expect(queue.running.flatMap((one) => queue.blocking(one))).to.deep.equal([]);
  });

  it('keeps a place on the hosts of one that waits, so that it is not overtaken for ever', async () => {
    const queue = new MigrationQueue({ perHost: 1, total: 10 });
    const first = ask(queue, ticket('first', 'host1', 'host3'));
    const second = ask(queue, ticket('second', 'host2', 'host4'));
    const both = ask(queue, ticket('both', 'host1', 'host2'));
    const later = ask(queue, ticket('later', 'host1', 'host3'));
    await settled();
    first.place?.leave();
    await settled();
    expect([both.place, later.place].map(Boolean)).to.deep.equal([false, false]);
    second.place?.leave();
    await settled();
    expect([both.place, later.place].map(Boolean)).to.deep.equal([true, false]);
  });

  it('reserves the memory of those on their way, and of those that wait', async () => {
    const queue = new MigrationQueue({ perHost: 1 });
    const a = ask(queue, ticket('a', 'host1', 'host2', 300));
    const abort = new AbortController();
    const b = ask(queue, ticket('b', 'host3', 'host2', 200), abort.signal);
    await settled();
    expect(queue.reservedMiB('host2')).to.equal(500);
    expect(queue.reservedMiB('host1')).to.equal(0);
    abort.abort();
    await b.done;
    expect(queue.reservedMiB('host2')).to.equal(300);
    a.place?.leave();
    expect(queue.reservedMiB('host2')).to.equal(0);
  });

  it('refuses a second migration of the same domain, under way or waiting', async () => {
    const queue = new MigrationQueue({ perHost: 1 });
    ask(queue, ticket('a', 'host1', 'host2'));
    ask(queue, ticket('b', 'host1', 'host2'));
    for (const domain of ['a', 'b']) {
      const again = ask(queue, ticket(domain, 'host5', 'host6'));
      await again.done;
      expect(again.error).to.have.property('code', 'domain-state');
      expect(again.error?.message).to.include('host2');
    }
  });

  it('cancels one that waits, or was cancelled before, and nobody waits for it', async () => {
    const queue = new MigrationQueue({ perHost: 1 });
    const a = ask(queue, ticket('a', 'host1', 'host2'));
    const abort = new AbortController();
    const b = ask(queue, ticket('b', 'host1', 'host2'), abort.signal);
    const c = ask(queue, ticket('c', 'host1', 'host2'));
    abort.abort(new Error('enough'));
    const d = ask(queue, ticket('d', 'host3', 'host4'), AbortSignal.abort());
    await Promise.all([b.done, d.done]);
    expect(b.error).to.have.property('code', 'cancelled');
    expect(d.error).to.have.property('code', 'cancelled');
    a.place?.leave();
    await settled();
    expect(c.place).not.to.equal(undefined);
    expect(queue.running).to.have.length(1);
  });

  it('does not take back the place of one that has entered when its signal aborts', async () => {
    const queue = new MigrationQueue();
    const abort = new AbortController();
    const a = ask(queue, ticket('a', 'host1', 'host2'), abort.signal);
    await a.done;
    abort.abort();
    await settled();
    expect(queue.running).to.have.length(1);
  });

  it('takes new limits at once', async () => {
    const queue = new MigrationQueue({ perHost: 1 });
    ask(queue, ticket('a', 'host1', 'host2'));
    const b = ask(queue, ticket('b', 'host1', 'host2'));
    await settled();
    queue.limit({ perHost: 3 });
    await settled();
    expect(b.place).not.to.equal(undefined);
    for (const wrong of [0, -1, 1.5, NaN]) {
      expect(() => queue.limit({ total: wrong }))
        .to.throw(AttituneError)
        .with.property('code', 'value');
    }
  });

  it('tells those who listen of every change, until they leave', async () => {
    const queue = new MigrationQueue();
    let changes = 0;
    const subscription = queue.onChange(() => (changes += 1));
    const a = ask(queue, ticket('a', 'host1', 'host2'));
    await settled();
    a.place?.leave();
    expect(changes).to.equal(2);
    subscription.unsubscribe();
    ask(queue, ticket('b', 'host1', 'host2'));
    expect(changes).to.equal(2);
  });

  it('keeps its limits, starves nobody, and serves or cancels all, whatever comes', async () => {
    const host = fc.integer({ min: 1, max: 5 }).map((n) => `host${n}`);
    const come = fc.record({ come: fc.tuple(host, host), cancelled: fc.boolean() });
    const step = fc.oneof({ weight: 3, arbitrary: come }, { weight: 2, arbitrary: fc.record({ leave: fc.nat() }) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(step, { maxLength: 40 }),
        async (perHost, total, steps) => {
          const queue = new MigrationQueue({ perHost, total });
          const asked: (ReturnType<typeof ask> & { readonly abort: AbortController })[] = [];
          const inside = new Set<MigrationPlace>();
          const within = () => {
            expect(queue.running.length).to.be.at.most(total);
            for (let n = 1; n <= 5; n += 1) {
              const busy = queue.running.filter(({ from, to }) => from === `host${n}` || to === `host${n}`);
              expect(busy.length).to.be.at.most(perHost);
            }
          };
          const look = async () => {
            await settled();
            within();
            inside.clear();
            const entered = asked.flatMap(({ place }) => (place ? [place] : []));
            for (const place of entered) if (!left.has(place)) inside.add(place);
            expect(inside.size).to.equal(queue.running.length);
          };
          const left = new Set<MigrationPlace>();
          const leave = (index: number) => {
            const place = [...inside][index % Math.max(1, inside.size)];
            if (!place) return;
            left.add(place);
            place.leave();
          };
          for (const [index, one] of steps.entries()) {
            if ('come' in one) {
              const [from, to] = one.come;
              const abort = new AbortController();
              asked.push(Object.assign(ask(queue, ticket(`vm${index}`, from, to), abort.signal), { abort }));
              if (one.cancelled) abort.abort();
            } else leave(one.leave);
            await look();
          }
          // when nobody new comes, all who wait are served within as many departures as there are of them
          for (let turn = 0; turn < asked.length && queue.running.length > 0; turn += 1) {
            leave(turn);
            await look();
          }
          expect(queue.waiting).to.deep.equal([]);
          expect(queue.running).to.deep.equal([]);
          for (const one of asked) expect(one.place !== undefined || one.error?.code === 'cancelled').to.equal(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('lets one that waits enter after those who came before it have left, however many come later', async () => {
    const queue = new MigrationQueue({ perHost: 1, total: 3 });
    const a = ask(queue, ticket('a', 'host1', 'host3'));
    const b = ask(queue, ticket('b', 'host2', 'host4'));
    const patient = ask(queue, ticket('patient', 'host1', 'host2'));
    await settled();
    for (let n = 0; n < 50; n += 1) ask(queue, ticket(`later${n}`, n % 2 ? 'host1' : 'host2', `other${n}`));
    a.place?.leave();
    b.place?.leave();
    await settled();
    expect(patient.place).not.to.equal(undefined);
  });
});
