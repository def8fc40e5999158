import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const FOLDER = asset('test/fixtures/deployment');

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One command, in the folder of the fixtures. */
function attitune(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { cwd: FOLDER }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

describe('--set', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'attitune-set-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  it('gives variables their values, and what is wrong then is told with its place', async () => {
    expect(await attitune('validate', 'web.deployment.xml', 'families/servers.hosts.xml')).to.include({ code: 0 });
    const { code, err } = await attitune('validate', 'web.deployment.xml', '--set', 'tomcats=4');
    expect(code).to.equal(2);
    expect(err).to.match(/^web\.deployment\.xml:25:21: error constraint: 4 Machine cannot each have a host of its own/);
  });

  it('may be given several times, and is told where it is wrong', async () => {
    const { code, err } = await attitune('validate', 'web.deployment.xml', '--set', 'tomcat=3', '--set', 'memory=lots');
    expect(code).to.equal(2);
    expect(err).to.include('error value: the variable "memory" is of type memory: "lots"');
    expect(err).to.include(
      'error unknown-variable: the deployment has no variable "tomcat" that could be set. Did you mean',
    );
    expect(await attitune('validate', 'web.deployment.xml', '--set', 'tomcats')).to.include({ code: 2 });
  });

  it('goes before what a scenario sets', async () => {
    expect(await attitune('validate', 'web.scenario.xml')).to.include({ code: 0, err: '' });
    const { err } = await attitune('validate', 'web.scenario.xml', '--set', 'tomcats=9');
    expect(err).to.include('9 Machine cannot each have a host of its own');
  });

  it('is seen in the picture', async () => {
    const picture = join(folder, 'web.svg');
    expect(await attitune('draw', 'web.deployment.xml', '-o', picture, '--set', 'tomcats=3')).to.include({ code: 0 });
    expect(await readFile(picture, 'utf8')).to.include('× 3');
  });
});
