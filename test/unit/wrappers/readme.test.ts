import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../../core/assets/package-root.js';
import { OPERATION_KEYS } from '../../../wrappers/language/operations/index.js';
import { WrapperLibrary } from '../../../wrappers/language/wrapper-library.js';
import { caller, instance, localSystem } from '../../support/local-system.js';
import { freePort } from '../../support/ports.js';

describe('wrappers/README.md', () => {
  it('shows a wrapper that works', async function () {
    this.timeout(20_000);
    const readme = await readFile(asset('wrappers/README.md'), 'utf8');
    const folder = await mkdtemp(join(tmpdir(), 'attitune-readme-'));
    await writeFile(join(folder, 'hello.wrapper.xml'), /```xml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '');
    const library = new WrapperLibrary({ folders: [folder] });
    expect(library.errors).to.deep.equal([]);
    const wrapper = library.get('hello');
    if (!wrapper) throw new Error('it was not found');
    const port = String(await freePort());
    const { system, infrastructure, close } = localSystem(
      [{ name: 'Hello', wrapper: 'hello', attributes: { folder, port } }],
      [],
      [wrapper],
    );
    const { call } = caller(system, infrastructure, instance(system, 'Hello'), wrapper);
    try {
      await call('configure');
      expect(await readFile(join(folder, 'Hello_1.conf'), 'utf8')).to.equal('greeting=hello from here\n');
      await call('start');
      await call('ready');
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).to.equal('hello from here');
    } finally {
      await call('stop');
      await close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('names every key and method', async () => {
    const readme = await readFile(asset('wrappers/README.md'), 'utf8');
    for (const [key, table] of OPERATION_KEYS) {
      expect(readme).to.include(`\`${key}\``);
      if (!key.startsWith('extension.'))
        for (const method of Object.keys(table)) expect(readme).to.match(new RegExp(`\\b${method}\\b`));
    }
  });
});
