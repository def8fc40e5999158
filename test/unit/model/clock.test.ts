import { expect } from 'chai';
import fc from 'fast-check';
import { SimulatedClock, type TimerHandle } from '../../../core/model/clock.js';

describe('SimulatedClock', () => {
  it('fires timers by due time, then in the order of their creation, and never one that was cleared', async () => {
    const step = fc.record({ delay: fc.integer({ min: 0, max: 20 }), clear: fc.boolean(), which: fc.nat() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new SimulatedClock();
        const fired: number[] = [];
        const set = new Map<number, { handle: TimerHandle; delay: number }>();
        steps.forEach(({ delay, clear, which }, index) => {
          if (clear && set.size > 0) {
            const [id, timer] = [...set][which % set.size]!;
            clock.clearTimeout(timer.handle);
            set.delete(id);
          } else set.set(index, { handle: clock.setTimeout(() => fired.push(index), delay), delay });
        });
        const expected = [...set].sort(([a, one], [b, other]) => one.delay - other.delay || a - b);
        expect(clock.dueAts).to.deep.equal(expected.map(([, { delay }]) => delay));
        await clock.advance(20);
        expect(fired).to.deep.equal(expected.map(([index]) => index));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps its order when most of many timers are cleared, also from within a timer', async () => {
    const clock = new SimulatedClock();
    const fired: number[] = [];
    const handles = Array.from({ length: 2000 }, (_, index) => clock.setTimeout(() => fired.push(index), 3000 - index));
    clock.setTimeout(() => {
      for (let index = 0; index < 2000; index += 1) if (index % 500 !== 0) clock.clearTimeout(handles[index]);
    }, 0);
    await clock.advance(3000);
    expect(fired).to.deep.equal([1500, 1000, 500, 0]);
    expect(clock.nextDueAt).to.equal(undefined);
  });

  it('clearing twice, or after it fired, does nothing; a delay that is no number is none', async () => {
    const clock = new SimulatedClock();
    const fired: string[] = [];
    const first = clock.setTimeout(() => fired.push('first'), 1);
    clock.setTimeout(() => fired.push('no number'), NaN);
    await clock.advance(1);
    clock.clearTimeout(first);
    clock.clearTimeout(first);
    clock.setTimeout(() => fired.push('second'), 1);
    await clock.advance(1);
    expect(fired).to.deep.equal(['no number', 'first', 'second']);
  });
});
