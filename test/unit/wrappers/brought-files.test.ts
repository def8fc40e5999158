import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { WrapperLibrary } from '../../../wrappers/language/wrapper-library.js';
import { caller, instance, localSystem } from '../../support/local-system.js';

/** Steps that wait, keep a secret, and bring it from one component's machine to another's, called on this machine. */
describe('steps of wrappers: secrets, files from elsewhere, waiting', () => {
  let folder: string;
  let parts: ReturnType<typeof localSystem> | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-brought-'));
  });
  afterEach(async () => {
    await parts?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function wrapped(methods: string, keys = 1) {
    const text = `<wrapper xmlns="urn:attitune:wrapper:1" name="mine"><attribute name="folder"/>${methods}</wrapper>`;
    await writeFile(join(folder, 'mine.wrapper.xml'), text);
    const wrapper = new WrapperLibrary({ folders: [folder] }).get('mine');
    if (!wrapper) throw new Error('it was not found');
    const classes = [
      { name: 'Mine', wrapper: 'mine', attributes: { folder } },
      { name: 'Keeper', wrapper: 'mine', attributes: { folder } },
    ];
    parts = localSystem(classes, [{ name: 'keeper', from: 'Mine', to: 'Keeper' }], [wrapper]);
    const component = instance(parts.system, 'Mine');
    for (let count = 0; count < keys; count += 1) component.bind('keeper', instance(parts.system, 'Keeper'));
    return { component, ...caller(parts.system, parts.infrastructure, component, wrapper) };
  }
  const fails = async (promise: Promise<unknown>): Promise<string> => {
    const error: unknown = await promise.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AttituneError);
    return `${(error as AttituneError).code}: ${(error as AttituneError).message}`;
  };

  const SECRET = '<method name="configure" key="configuration" method="secret"><param value="$folder/key"/></method>';
  const FETCH = `<method name="bring" key="configuration" method="fetch">
    <param value="keeper"/><param value="$folder/key"/><param value="$folder/own/key"/><param value="mode:0400"/></method>`;

  it('a secret is made once, for its owner only, and told to nobody', async () => {
    const { component, call, reports } = await wrapped(SECRET);
    expect(await call('configure')).to.deep.equal({ changed: true });
    const key = await readFile(join(folder, 'key'), 'utf8');
    expect(key).to.match(/^[\w-]{64}$/);
    expect((await stat(join(folder, 'key'))).mode & 0o777).to.equal(0o400);
    expect(await call('configure')).to.deep.equal({ changed: false });
    expect(await readFile(join(folder, 'key'), 'utf8')).to.equal(key);
    expect([...component.attributes.values(), ...reports].join()).not.to.include(key);
  });

  it('a file is brought from where another component is, with its mode, and only where it differs', async () => {
    const { call } = await wrapped(SECRET + FETCH);
    expect(await fails(call('bring'))).to.match(
      /operation-failed: .*Keeper_1 has no file .*key\. Configure Keeper_1 first/,
    );
    await call('configure');
    expect(await call('bring')).to.deep.equal({ changed: true, from: 'Keeper_1' });
    expect(await call('bring')).to.deep.equal({ changed: false, from: 'Keeper_1' });
    expect(await readFile(join(folder, 'own/key'), 'utf8')).to.equal(await readFile(join(folder, 'key'), 'utf8'));
    expect((await stat(join(folder, 'own/key'))).mode & 0o777).to.equal(0o400);
  });

  it('a file is brought from exactly one', async () => {
    expect(await fails((await wrapped(FETCH, 0)).call('bring'))).to.match(
      /"keeper" leads to no component from Mine_1 now/,
    );
    expect(await fails((await wrapped(FETCH, 2)).call('bring'))).to.match(
      /"keeper" leads to 2 components from Mine_1 now/,
    );
    const wrong = FETCH.replace('0400', '999');
    const { call } = await wrapped(SECRET + wrong);
    await call('configure');
    expect(await fails(call('bring'))).to.match(/value: .*mode:999 is no mode/);
  });

  it('waits until a command prints what is waited for', async () => {
    const { call } = await wrapped(`<method name="count" key="command" method="wait" timeout="10 s">
      <param value="sh"/><param value="-c"/><param value="echo x >> $folder/n; wc -l &lt; $folder/n"/>
      <param value="until:^3$$"/><param value="every:10 ms"/></method>`);
    expect(await call('count')).to.have.property('elapsedMs');
    expect((await readFile(join(folder, 'n'), 'utf8')).length).to.equal(6);
  });

  it('gives up in its time, with what was told last, and sees a pattern that is none', async () => {
    const methods = `<method name="never" key="command" method="wait">
      <param value="sh"/><param value="-c"/><param value="echo still down >&amp;2; exit 3"/>
      <param value="until:up"/><param value="every:10 ms"/><param value="timeout:60 ms"/></method>
      <method name="wrong" key="command" method="wait"><param value="true"/><param value="until:("/></method>
      <method name="empty" key="command" method="wait"><param value="true"/><param value="until:^$$"/></method>
      <method name="mark" key="component" method="set"><param value="drained:yes"/></method>`;
    const { component, call } = await wrapped(methods);
    expect(await fails(call('never'))).to.match(
      /operation-timeout: .*did not tell "up" within 60 ms.*exit code 3 it told still down/,
    );
    expect(await fails(call('wrong'))).to.match(/value: .*until:\( is no pattern/);
    expect(await call('empty')).to.have.property('elapsedMs');
    expect(await call('mark')).to.deep.equal({ changed: true });
    expect(await call('mark')).to.deep.equal({ changed: false });
    expect(component.attributes.get('drained')).to.equal('yes');
  });
});
