import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import type { OperationContext } from '../../../core/model/wrapper.js';
import { ClassWrapper } from '../../../wrappers/language/class-wrapper.js';
import { attribute, operation, wrapper } from '../../../wrappers/language/decorators.js';
import { WrapperLibrary } from '../../../wrappers/language/wrapper-library.js';
import { caller, instance, localSystem } from '../../support/local-system.js';

class Base {
  @attribute({ value: '1', description: 'how many' }) count!: string;
  @operation({ idempotent: true }) stop(): Promise<unknown> {
    return Promise.resolve('stopped');
  }
}

@wrapper({ name: 'counter', description: 'Counts' })
class Counter extends Base {
  @attribute({ runtime: true }) last: string | undefined;
  @operation({ timeout: '2 min', description: 'Adds one' }) add(context: OperationContext): Promise<unknown> {
    this.count = String(Number(this.count) + Number(context.parameters['by'] ?? 1));
    this.last = context.component.name;
    return Promise.resolve({ count: this.count });
  }
  @operation({ name: 'break' }) breakIt(): Promise<unknown> {
    return Promise.reject(new Error('broken'));
  }
}

describe('a wrapper as a class', () => {
  const counter = new ClassWrapper(Counter);
  const { system, infrastructure } = localSystem([{ name: 'Counter', wrapper: 'counter' }], [], [counter]);

  it('is what its decorators say, with what it inherits', () => {
    expect(counter).to.include({ name: 'counter', description: 'Counts', isNode: false });
    expect(counter.attributes).to.deep.equal([
      { name: 'count', defaultValue: '1', description: 'how many' },
      { name: 'last', runtime: true },
    ]);
    expect([...counter.operations.keys()]).to.deep.equal(['stop', 'add', 'break']);
    expect(counter.operations.get('add')).to.include({
      timeoutMs: 120_000,
      idempotent: false,
      description: 'Adds one',
    });
  });

  it('reads and writes the attributes of the component it is called on', async () => {
    const [one, two] = [instance(system, 'Counter'), instance(system, 'Counter')];
    expect(await caller(system, infrastructure, one, counter).call('add', { by: '4' })).to.deep.equal({ count: '5' });
    expect(one.attribute('count')).to.equal('5');
    expect(one.attribute('last')).to.equal('Counter_1');
    expect(two.attribute('count')).to.equal('1');
    expect(two.attributes.has('last')).to.equal(false);
  });

  it('tells errors with the component and the operation', async () => {
    const { call } = caller(system, infrastructure, instance(system, 'Counter'), counter);
    const error = await call('break').catch((reason: unknown) => reason);
    expect(AttituneError.is(error, 'operation-failed')).to.equal(true);
    expect((error as Error).message).to.match(/^Counter_\d\.break: broken$/);
    expect(AttituneError.is(await call('sub').catch((reason: unknown) => reason), 'unknown-operation')).to.equal(true);
  });
});

describe('the wrapper library', () => {
  it('finds the built-in wrappers, classes, and those beside a deployment, which go first', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'attitune-library-'));
    const method = '<method name="go" key="command" method="run"><param value="true"/></method>';
    try {
      await writeFile(join(folder, 'a.wrapper.xml'), `<wrapper name="mine">${method}</wrapper>`);
      await writeFile(join(folder, 'b.wrapper.xml'), `<wrapper name="tomcat">${method}</wrapper>`);
      await writeFile(join(folder, 'c.wrapper.xml'), `<wrapper name="mine">${method}</wrapper>`);
      await writeFile(join(folder, 'broken.wrapper.xml'), '<wrapper name="broken"/>');
      const library = new WrapperLibrary({ classes: [Counter], folders: [folder] });
      expect(library.names()).to.include.members(['apache', 'counter', 'mine', 'tomcat']);
      expect([...(library.get('tomcat')?.operations.keys() ?? [])]).to.deep.equal(['go']);
      expect(library.errors.map(({ code }) => code)).to.have.members(['duplicate-name', 'xml-element']);
      expect(() => library.get('broken')).to.throw(AggregateError, /needs a <method>/);
      expect(library.get('nothing')).to.equal(undefined);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
