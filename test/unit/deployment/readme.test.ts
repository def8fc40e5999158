import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkFile } from '../../../core/app/commands/validate.js';
import { schemas } from '../../../core/app/schemas.js';
import { asset } from '../../../core/assets/package-root.js';
import { formatError } from '../../../core/model/errors.js';
import { readDeployment } from '../../../diagrams/deployment/read-deployment.js';

/** The files of the section on deployments, each named by its first line. */
describe('diagrams/README.md, on deployments', () => {
  let folder: string;
  let page: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-readme-'));
    page = await readFile(asset('diagrams/README.md'), 'utf8');
    for (const [, block = ''] of page.matchAll(/```(?:xml|text)\n([\s\S]*?)```/g)) {
      const name = /^(?:<!--|#) ([\w-]+\.(?:deployment\.xml|hosts\.xml|nodes))\b/.exec(block)?.[1];
      if (name !== undefined) await writeFile(join(folder, name), block);
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('shows files that make up one right deployment', () => {
    const file = join(folder, 'web.deployment.xml');
    expect(checkFile(file).map(formatError)).to.deep.equal([]);
    const { deployment } = readDeployment(file, { set: [{ name: 'tomcats', value: '5' }] });
    expect(deployment?.files).to.have.length(4);
    expect(deployment?.classes.map(({ initial }) => initial)).to.deep.equal([5, undefined]);
    const hosts = deployment?.hostFamilies.flatMap((family) => family.hosts) ?? [];
    expect(hosts.map(({ uri }) => uri)).to.deep.equal([
      'qemu+tls://host1.example.org/system',
      'qemu+tls://host2.example.org/system',
      'qemu+tls://host3/system',
      'qemu+ssh://tune@host4/system',
    ]);
  });

  it('names schemas that there are', () => {
    for (const path of Object.keys(schemas())) expect(page).to.include(path.replace(/^diagrams\//, ''));
    const settings = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const { 'xml.fileAssociations': associations } = JSON.parse(settings) as {
      'xml.fileAssociations': { systemId: string }[];
    };
    for (const { systemId } of associations)
      expect(Object.keys(schemas())).to.include(systemId.replace('node_modules/attitune/', ''));
  });
});
