import { expect } from 'chai';
import { assign, setup, type AnyStateMachine } from 'xstate';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import {
  administration,
  MachineEngine,
  type MachineDiagram,
  type SystemTypes,
} from '../../../diagrams/machine/index.js';
import { describeMachine } from '../../../diagrams/machine/machine-diagram.js';
import { never, record } from './harness.js';

interface Web extends SystemTypes {
  readonly classes: {
    readonly Apache: {
      readonly kind: 'class';
      readonly operations: 'reload' | 'start';
      readonly attributes: 'port';
      readonly steps: { readonly workers: 'Tomcat'; readonly node: 'servers' };
    };
    readonly Tomcat: {
      readonly kind: 'class';
      readonly operations: 'start' | 'stop';
      readonly attributes: 'pid' | 'restarts';
      readonly steps: { readonly workers: 'Apache'; readonly Apache: 'Apache'; readonly whole: 'Tomcat' };
    };
    readonly servers: {
      readonly kind: 'hosts';
      readonly operations: never;
      readonly attributes: never;
      readonly steps: { readonly Apache: 'Apache' };
    };
  };
  readonly events: 'overloaded' | 'calm';
  readonly goals: 'relieve';
}

const web = administration<Web, 'Tomcat'>();

function diagramOf(machine: AnyStateMachine): MachineDiagram {
  return describeMachine(machine, 'test', '/test.diagram.ts', 'hash');
}

const restart = setup({ actors: web.actors, actions: web.actions }).createMachine({
  initial: 'stop',
  states: {
    stop: { invoke: { id: 'stopping', src: 'operation', input: web.operation('this.stop'), onDone: 'pause' } },
    pause: { after: { 2000: 'start' } },
    start: {
      entry: { type: 'setAttribute', params: { path: 'this.restarts', value: 1 } },
      invoke: { id: 'starting', src: 'operation', input: web.operation('this.start', { wait: '5 s' }), onDone: 'done' },
    },
    done: { type: 'final', entry: { type: 'tell', params: { event: 'restarted', component: 'Tomcat_1' } } },
  },
});

describe('diagrams in TypeScript', () => {
  let clock: SimulatedClock;
  const engine = new MachineEngine();
  beforeEach(() => {
    clock = new SimulatedClock(1_000_000);
  });

  it('call operations, wait on the clock, set attributes and raise events as SCXML does', async () => {
    const run = await record(engine, diagramOf(restart), { clock, answer: () => Promise.resolve('ok') });
    expect(run.calls.map(({ src }) => src)).to.deep.equal(['this.stop']);
    await clock.advance(1999);
    expect(run.calls).to.have.length(1);
    await clock.advance(1);
    expect(run.calls.map(({ src, params }) => [src, params])).to.deep.equal([
      ['this.stop', {}],
      ['this.start', { wait: '5 s' }],
    ]);
    expect(run.assigned).to.deep.equal([['this.restarts', 1]]);
    expect(run.emitted).to.deep.equal([{ name: 'restarted', component: 'Tomcat_1' }]);
    expect(run.configurations).to.deep.equal([['stop'], ['pause'], ['start'], ['done']]);
    expect(run.result()).to.deep.equal({ status: 'final', finalState: 'done' });
  });

  it('fail with the code of an operation that nobody handles', async () => {
    const answer = () => Promise.reject(new AttituneError('operation-timeout', 'Tomcat_1.stop took too long'));
    const run = await record(engine, diagramOf(restart), { clock, answer });
    const result = run.result();
    expect(result?.status).to.equal('failed');
    expect(result?.error?.code).to.equal('operation-timeout');
    expect(result?.error?.message).to.include('in state "stop"');
  });

  it('abort an operation whose state is left', async () => {
    const machine = setup({ actors: web.actors, types: web.types }).createMachine({
      initial: 'a',
      states: {
        a: { invoke: { src: 'operation', input: web.operation('this.stop') }, on: { calm: 'b' } },
        b: {},
      },
    });
    const run = await record(engine, diagramOf(machine), { clock, answer: never });
    run.session.send({ name: 'calm', data: { component: 'host1' } });
    await clock.advance(0);
    expect(run.session.configuration).to.deep.equal(['b']);
    expect(run.calls[0]?.signal.aborted).to.equal(true);
    run.session.stop();
    await clock.advance(0);
    expect(run.result()).to.deep.equal({ status: 'stopped' });
  });

  it('end where transitions without an event go round for ever', async () => {
    const machine = setup({}).createMachine({ initial: 'a', states: { a: { always: 'b' }, b: { always: 'a' } } });
    const run = await record(engine, diagramOf(machine), { clock, answer: never });
    expect(run.result()?.status).to.equal('failed');
  });

  it('tell the checks which operations they call', () => {
    expect(diagramOf(restart).calls.map(({ invokeId, src, params }) => [invokeId, src, params])).to.deep.equal([
      ['stopping', 'this.stop', []],
      ['starting', 'this.start', ['wait']],
    ]);
    expect(diagramOf(restart).sets).to.deep.equal(['this.restarts']);
    expect(diagramOf(restart).raises).to.deep.equal(['restarted']);
  });

  describe('taken up again', () => {
    it('fire a timer at its due time, though the manager was away', async () => {
      const first = await record(engine, diagramOf(restart), { clock, answer: () => Promise.resolve() });
      await clock.advance(500);
      const later = new SimulatedClock(clock.now() + 1000);
      const from = first.checkpoints.at(-1);
      const second = await record(engine, diagramOf(restart), { clock: later, answer: never, from });
      expect(second.session.configuration).to.deep.equal(['pause']);
      await later.advance(499);
      expect(second.calls).to.deep.equal([]);
      await later.advance(1);
      expect(second.calls.map(({ src }) => src)).to.deep.equal(['this.start']);
    });

    it('fire a timer at once that was due meanwhile', async () => {
      const first = await record(engine, diagramOf(restart), { clock, answer: () => Promise.resolve() });
      const later = new SimulatedClock(clock.now() + 60_000);
      const from = first.checkpoints.at(-1);
      const second = await record(engine, diagramOf(restart), { clock: later, answer: never, from });
      expect(second.calls.map(({ src }) => src)).to.deep.equal(['this.start']);
    });

    it('call a pending operation again with its former key, and say so', async () => {
      const first = await record(engine, diagramOf(restart), { clock, answer: never });
      const from = first.checkpoints.at(-1);
      const second = await record(engine, diagramOf(restart), { clock, answer: never, from });
      expect(second.calls.map(({ src, resumed }) => [src, resumed])).to.deep.equal([['this.stop', true]]);
      expect(second.calls[0]?.key).to.equal(first.calls[0]?.key);
    });

    it('keep their context', async () => {
      const machine = setup({ types: {} as { context: { count: number } } }).createMachine({
        context: { count: 0 },
        initial: 'a',
        states: { a: { on: { calm: { actions: assign({ count: ({ context }) => context.count + 1 }) } } } },
      });
      const first = await record(engine, diagramOf(machine), { clock, answer: never });
      for (let i = 0; i < 3; i += 1) first.session.send({ name: 'calm' });
      const from = first.checkpoints.at(-1);
      const second = await record(engine, diagramOf(machine), { clock, answer: never, from });
      second.session.send({ name: 'calm' });
      expect(JSON.stringify(second.checkpoints.at(-1)?.state)).to.include('"count":4');
    });

    it('are refused where the file was changed', async () => {
      const diagram = diagramOf(restart);
      const { checkpoints } = await record(engine, diagram, { clock, answer: never });
      const from = checkpoints.at(-1);
      const changed = { ...diagram, hash: 'other' };
      const error = await record(engine, changed, { clock, answer: never, from }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(AttituneError.is(error, 'diagram-changed')).to.equal(true);
    });
  });

  it('do not compile with operations that the deployment does not have', () => {
    web.operation('Tomcat++');
    web.operation('new.start');
    web.operation('this.Apache.reload');
    web.operation('servers.Apache.workers.stop');
    web.operation('plan:relieve');
    web.operation('this.whole?.warm');
    web.operation('$of.start');
    // @ts-expect-error Tomcat has no operation "reload"
    web.operation('this.reload');
    // @ts-expect-error there is no class "Tomcats"
    web.operation('Tomcats.start');
    // @ts-expect-error a host family does not grow
    web.operation('servers++');
    // @ts-expect-error there is no such goal
    web.operation('plan:relief');
    // @ts-expect-error Apache has no association "worker"
    web.operation('Apache.worker.stop');
    // @ts-expect-error no wrapper has that operation
    web.operationOf('Tomcat_1', 'restart');
  });
});
