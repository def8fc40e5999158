import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { componentClass, deploymentOf } from '../../support/deployments.js';
import { loopOf, wrapperOf } from '../../support/loop.js';
import { eventOf, procedureOf, type Step } from '../../support/procedures.js';

const DEPLOYMENT = deploymentOf({
  classes: [componentClass('Machine', { initial: 2, attributes: { memory: '384 MiB', vcpus: '1' } })],
});

describe('an operation that takes itself back', () => {
  /** `scale` sets the attributes of its parameters; it fails for what `refuses` says, after the first of them. */
  function world(refuses: (memory: string | undefined, call: number) => boolean = () => false) {
    const calls: Readonly<Record<string, string>>[] = [];
    const behaviour = (
      operation: string,
      { component, parameters }: Parameters<Parameters<typeof wrapperOf>[0]>[1],
    ) => {
      if (operation === 'fail') return Promise.reject(new AttituneError('operation-failed', 'it is on fire.'));
      calls.push(parameters);
      for (const [name, value] of Object.entries(parameters)) {
        component.setAttribute(name, value);
        if (refuses(parameters['memory'], calls.length))
          return Promise.reject(new AttituneError('hypervisor', 'no more memory.'));
      }
      return Promise.resolve();
    };
    const loop = loopOf(DEPLOYMENT, wrapperOf(behaviour, ['scale', 'fail'], 10_000, { scale: ['memory', 'vcpus'] }));
    for (const name of ['Machine_1', 'Machine_2']) loop.system.component(name).lifeCycle.restore('started', 'started');
    const run = (steps: readonly Step[]) =>
      loop.clock.runUntil(
        loop.sessions.request({ diagram: procedureOf('grow', steps), event: eventOf('Machine_1') }) ??
          Promise.reject(new Error('it was not started')),
      );
    const size = (name = 'Machine_1') => {
      const { attributes } = loop.system.component(name);
      return [attributes.get('memory'), attributes.get('vcpus')];
    };
    return { ...loop, calls, run, size };
  }
  const scale = (memory: string): Step => ({ src: 'this.scale', params: { memory, vcpus: '2' } });

  it('is called again with what was before the procedure, when that fails', async () => {
    const { run, calls, size } = world();
    const result = await run([scale('512 MiB'), scale('768 MiB'), 'this.fail']);
    expect(result.status).to.equal('failed');
    expect(result.error?.message).to.match(/Undone: Machine_1.scale taken back to memory 384 MiB, vcpus 1\.$/);
    expect(calls.at(-1)).to.deep.equal({ memory: '384 MiB', vcpus: '1' });
    expect(calls).to.have.length(3);
    expect(size()).to.deep.equal(['384 MiB', '1']);
    expect(size('Machine_2')).to.deep.equal(['384 MiB', '1']);
  });

  it('takes back what it did of itself before it failed', async () => {
    const { run, size } = world((memory) => memory === '512 MiB');
    const result = await run([scale('512 MiB')]);
    expect(result.error?.details['rollback']).to.deep.include({ kept: [], failed: [] });
    expect(size()).to.deep.equal(['384 MiB', '1']);
  });

  it('is left alone where nothing changed', async () => {
    const { run, calls } = world();
    await run([{ src: 'this.scale', params: { memory: '384 MiB', vcpus: '1' } }, 'this.fail']);
    expect(calls).to.have.length(1);
  });

  it('is not called for what does not run any more: its attributes say with what it starts', async () => {
    const { run, calls, system, size } = world();
    const result = await run([scale('512 MiB'), 'this.fail']);
    expect(result.status).to.equal('failed');
    expect(calls).to.have.length(2);
    system.component('Machine_1').lifeCycle.restore('stopped', 'stopped');
    await run([scale('512 MiB'), 'this.fail']);
    expect(calls).to.have.length(3);
    expect(size()).to.deep.equal(['384 MiB', '1']);
  });

  it('that cannot be taken back makes the component failed', async () => {
    const { run, system } = world((_, call) => call === 2);
    const result = await run([scale('512 MiB'), 'this.fail']);
    expect(result.error?.message).to.match(/Undoing failed: .*no more memory/);
    expect(system.component('Machine_1').lifeCycle.state).to.equal('failed');
  });
});
