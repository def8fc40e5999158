import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Component } from '../../../core/model/component.js';
import { AttituneError, formatError } from '../../../core/model/errors.js';
import { WrapperLibrary } from '../../../wrappers/language/wrapper-library.js';
import { caller, instance, localSystem } from '../../support/local-system.js';

/** A wrapper file in a folder of its own, called on this machine. */
describe('a wrapper of an administrator', () => {
  let folder: string;
  let component: Component;
  let parts: ReturnType<typeof localSystem> | undefined;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'attitune-wrapper-')));
  });
  afterEach(async () => {
    await parts?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function wrapped(methods: string, files: Readonly<Record<string, string>> = {}) {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const text = `<wrapper xmlns="urn:attitune:wrapper:1" name="mine"><attribute name="folder"/><attribute name="pid" runtime="true"/>${methods}</wrapper>`;
    await writeFile(join(folder, 'mine.wrapper.xml'), text);
    const library = new WrapperLibrary({ folders: [folder] });
    expect(library.errors.map(formatError)).to.deep.equal([]);
    const wrapper = library.get('mine');
    if (!wrapper) throw new Error('it was not found');
    parts = localSystem(
      [
        { name: 'Mine', wrapper: 'mine', attributes: { folder } },
        { name: 'Back', wrapper: 'none', attributes: { port: '81' } },
      ],
      [{ name: 'backs', from: 'Mine', to: 'Back' }],
      [wrapper],
    );
    component = instance(parts.system, 'Mine');
    for (const back of [instance(parts.system, 'Back'), instance(parts.system, 'Back')]) component.bind('backs', back);
    return caller(parts.system, parts.infrastructure, component, wrapper);
  }
  const fails = async (promise: Promise<unknown>): Promise<AttituneError> => {
    const error: unknown = await promise.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AttituneError);
    return error as AttituneError;
  };

  it('writes templates from attributes, texts and what is bound', async () => {
    const { call } = await wrapped(
      `<method name="configure" key="configuration" method="template">
        <param value="$folder/out/conf"/><param value="conf.liquid"/>
        <param value="backs:$backs"/><param value="ports:$backs.port"/><param value="level:$param.level"/><param value="where:http://$address/"/>
      </method>`,
      {
        'conf.liquid':
          '{{ name }} {{ level }} {{ where }} {{ ports | join: "," }}{% for back in backs %} {{ back.name }}@{{ back.node.name }}:{{ back.port }}{% endfor %}',
      },
    );
    expect(await call('configure', { level: 'high' })).to.deep.equal({ changed: true });
    expect(await readFile(join(folder, 'out/conf'), 'utf8')).to.equal(
      'Mine_1 high http://127.0.0.1/ 81,81 Back_1@here:81 Back_2@here:81',
    );
    expect(await call('configure', { level: 'high' })).to.deep.equal({ changed: false });
    expect(await call('configure', { level: 'low' })).to.deep.equal({ changed: true });
  });

  it('tells what is wrong in a template with its place', async () => {
    const { call } = await wrapped(
      '<method name="configure" key="configuration" method="template"><param value="$folder/out"/><param value="conf.liquid"/></method>',
      { 'conf.liquid': 'fine\n  {{ nothing }}' },
    );
    const error = await fails(call('configure'));
    expect(formatError(error)).to.match(/conf\.liquid:2:\d+: error expression: undefined variable: nothing/);
  });

  it('names wrapper, operation, parameter and place of a path that reaches nothing', async () => {
    const { call } = await wrapped(
      '<method name="go" key="command" method="run"><param value="echo"/><param value="$folder/$nothing"/></method>',
    );
    const error = await fails(call('go'));
    expect(error.code).to.equal('unknown-attribute');
    expect(formatError(error)).to.match(
      /mine\.wrapper\.xml:1:\d+: error unknown-attribute: wrapper mine, operation go, param 2 "\$folder\/\$nothing": \$nothing: Mine_1 has no attribute "nothing"/,
    );
  });

  it('runs the steps of an operation in order, and stops at the first that fails', async () => {
    const { call } = await wrapped(`
      <method name="go" key="configuration" method="append"><param value="$folder/trace"/><param value="one"/></method>
      <method name="go" key="command" method="run"><param value="sh"/><param value="-c"/><param value="echo sorry >&amp;2; exit 7"/></method>
      <method name="go" key="configuration" method="append"><param value="$folder/trace"/><param value="three"/></method>`);
    const error = await fails(call('go'));
    expect(error.message).to.match(/^Mine_1\.go: sh -c .* ended with exit code 7 on here: sorry$/);
    expect(await readFile(join(folder, 'trace'), 'utf8')).to.equal('one\n');
    expect((await fails(call('og'))).message).to.equal('The wrapper mine has no operation "og". Did you mean "go"?');
  });

  it('starts a program once, knows it again, and ends it by force where it must', async () => {
    const { call, reports } = await wrapped(`
      <method name="start" key="process" method="start"><param value="sh"/><param value="-c"/><param value="trap '' TERM; echo up; while :; do sleep 0.05; done"/><param value="log:$folder/log"/></method>
      <method name="stop" key="process" method="stop"><param value="grace:200 ms"/></method>
      <method name="hup" key="process" method="signal"><param value="HUP"/></method>`);
    const { pid } = (await call('start')) as { pid: number };
    expect(await call('start')).to.deep.equal({ pid, changed: false });
    expect(component.attribute('pid')).to.equal(String(pid));
    expect(await readFile(join(folder, 'log'), 'utf8')).to.equal('up\n');
    expect(await call('stop')).to.deep.equal({ changed: true });
    expect(reports).to.deep.equal(['Mine_1 did not stop by itself and is ended by force']);
    expect(component.attributes.has('pid')).to.equal(false);
    expect((await fails(call('hup'))).message).to.match(/Mine_1 has no process that runs on here/);
  });

  it('takes no other process that has the same id for its own', async () => {
    const { call } = await wrapped('<method name="stop" key="process" method="stop"/>');
    component.setAttribute('pid', String(process.pid)); // ours, but it did not begin when the component's did
    component.setAttribute('pidSince', '1');
    expect(await call('stop')).to.deep.equal({ changed: false });
  });

  it('requests a URL as often as it is told, and fails on any other status', async () => {
    let served = 0;
    const server = createServer((_request, response) => {
      served += 1;
      response.statusCode = served > 30 ? 503 : 200;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const { call } = await wrapped(
        `<method name="warm" key="http" method="repeat"><param value="${url}"/><param value="times:25"/><param value="together:3"/></method>`,
      );
      expect(await call('warm')).to.include({ times: 25 });
      expect(served).to.equal(25);
      expect((await fails(call('warm'))).message).to.match(/answered 503 instead of 200/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('waits for an answer no longer than it is told, and ends at once when cancelled', async () => {
    const { call } = await wrapped(`
      <method name="ready" key="http" method="wait"><param value="http://127.0.0.1:9/"/><param value="timeout:300 ms"/><param value="every:50 ms"/></method>
      <method name="patient" key="http" method="wait"><param value="http://127.0.0.1:9/"/></method>`);
    const error = await fails(call('ready'));
    expect(error.code).to.equal('operation-timeout');
    expect(error.message).to.match(/was not ready within 300 ms/);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    expect((await fails(call('patient', {}, controller.signal))).code).to.equal('cancelled');
  });
});
