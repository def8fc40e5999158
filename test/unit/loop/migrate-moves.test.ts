import { expect } from 'chai';
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { Journal } from '../../../core/loop/journal.js';
import type { CallContext } from '../../../core/loop/operations/call-context.js';
import { CallOutcomes, callOfStep } from '../../../core/loop/operations/call-outcomes.js';
import type { ComponentCall } from '../../../core/loop/operations/component-call.js';
import { migrateMoves } from '../../../core/loop/operations/migrate-moves.js';
import { readPlannedMoves } from '../../../core/loop/operations/planned-moves.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { Component } from '../../../core/model/component.js';
import { AttituneError } from '../../../core/model/errors.js';
import { cluster, host, vm } from '../placement/clusters.js';

/** Three hosts of one VM each; a migration takes a turn of the event loop, and fails where the test says so. */
function world(failing: readonly string[] = []) {
  const places = new Map([
    ['a', 'h1'],
    ['b', 'h2'],
    ['c', 'h3'],
  ]);
  const calls: string[] = [];
  let running = 0;
  let most = 0;
  const components = [...places.keys()].map((name) => new Component({ name, className: 'Machine', kind: 'vm' }));
  const parts = {
    journal: new Journal(new SimulatedClock(1000), new MemoryBus()),
    cluster: {
      snapshot: () =>
        cluster(
          ['h1', 'h2', 'h3'].map((name) => host(name, { memoryMiB: 1024 })),
          [...places].map(([name, on]) => vm(name, on, { memoryMiB: 500 })),
        ),
    },
    calls: {
      call: async ({ name }: Component, { parameters, key }: ComponentCall): Promise<unknown> => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        calls.push(`${name}>${parameters['to']}`);
        if (failing.includes(name)) throw new AttituneError('migration-failed', `${name} broke`, { details: { key } });
        places.set(name, parameters['to'] ?? '');
        return undefined;
      },
    },
  };
  const context = (outcomes?: CallOutcomes): CallContext => ({
    session: 's',
    scope: {},
    cause: undefined,
    ...(outcomes ? { outcomes } : {}),
  });
  const run = (moves: unknown, rest: Partial<ComponentCall> = {}, outcomes?: CallOutcomes) =>
    migrateMoves(
      parts,
      components,
      {
        operation: 'migrate',
        parameters: { moves: typeof moves === 'string' ? moves : JSON.stringify(moves) },
        key: 'k',
        signal: new AbortController().signal,
        ...rest,
      },
      context(outcomes),
    );
  return { run, calls, places, most: () => most, journal: parts.journal };
}

const failureOf = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: unknown) => AttituneError.from(error),
  );

describe('migrate with the moves of a plan', () => {
  it('makes the moves of a step side by side, and one step after the other', async () => {
    const { run, calls, most } = world();
    const outcome = await run([
      { vm: 'c', from: 'h3', to: 'h1', step: 1, gain: 0.1, why: 'it fits there' },
      { vm: 'a', from: 'h1', to: 'h2' },
      { vm: 'b', from: 'h2', to: 'h3' },
    ]);
    expect(calls).to.deep.equal(['a>h2', 'b>h3', 'c>h1']);
    expect(most()).to.equal(2);
    expect(outcome.done.map((move) => move.vm)).to.deep.equal(['a', 'b', 'c']);
    expect([outcome.failed, outcome.skipped]).to.deep.equal([[], []]);
  });

  it('goes on after a migration that failed, and leaves out what has no room then', async () => {
    const { run, calls, journal } = world(['a']);
    const outcome = await run([
      { vm: 'a', from: 'h1', to: 'h2', step: 0 },
      { vm: 'b', from: 'h2', to: 'h1', step: 1 },
      { vm: 'c', from: 'h3', to: 'h1', step: 2 },
    ]);
    expect(calls).to.deep.equal(['a>h2', 'b>h1']);
    expect(outcome.done.map((move) => move.vm)).to.deep.equal(['b']);
    expect(outcome.failed.map(({ vm: name, why }) => [name, why])).to.deep.equal([['a', 'a broke']]);
    expect(outcome.skipped.map(({ vm: name, why }) => [name, why])).to.deep.equal([
      ['c', 'c needs 500 MiB and h1 has 24 MiB free'],
    ]);
    expect(journal.entries.map(({ text }) => text)).to.deep.equal([
      'c is not moved to h1: c needs 500 MiB and h1 has 24 MiB free',
    ]);
  });

  it('goes on after a restart with what was not made', async () => {
    const { run, calls, places } = world();
    const outcomes = new CallOutcomes();
    outcomes.ended(callOfStep('k', 0), 'a', {});
    outcomes.forgetBut(['k']);
    places.set('a', 'h2');
    // of this one the outcome was not written any more
    places.set('b', 'h1');
    const outcome = await run(
      [
        { vm: 'a', from: 'h1', to: 'h2', step: 0 },
        { vm: 'b', from: 'h2', to: 'h1', step: 1 },
        { vm: 'c', from: 'h3', to: 'h2', step: 2 },
      ],
      { resumed: true },
      outcomes,
    );
    expect(calls).to.deep.equal(['c>h2']);
    expect(outcome.done.map((move) => move.vm)).to.deep.equal(['a', 'b', 'c']);
    expect(outcome.skipped).to.deep.equal([]);
    outcomes.forgetBut([]);
    expect(outcomes.toJSON()).to.deep.equal([]);
  });

  it('ends between two steps when it is called off', async () => {
    const controller = new AbortController();
    const { run, calls } = world();
    const running = run(
      [
        { vm: 'a', to: 'h2', step: 0 },
        { vm: 'b', to: 'h3', step: 1 },
      ],
      { signal: controller.signal },
    );
    controller.abort(new AttituneError('cancelled', 'enough'));
    expect((await failureOf(running))?.code).to.equal('cancelled');
    expect(calls).to.deep.equal(['a>h2']);
  });

  it('refuses what are no moves, and VMs that the path does not reach', async () => {
    const { run } = world();
    expect((await failureOf(run([{ vm: 'z', to: 'h1' }])))?.code).to.equal('unknown-component');
    for (const wrong of ['{', '{}', '[{"vm":"a"}]', '[{"vm":"a","to":"h1","step":-1}]', '[null]'])
      expect(() => readPlannedMoves(wrong), wrong)
        .to.throw(AttituneError)
        .with.property('code', 'value');
    expect(await run([])).to.deep.equal({ done: [], failed: [], skipped: [] });
  });
});
