import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { drawFile } from '../../core/app/drawings.js';
import { asset } from '../../core/assets/package-root.js';

const run = promisify(execFile);
const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const EXAMPLE = 'examples/apache-tomcat';

/** Pictures that stand beside what they show. */
async function pictures(): Promise<{ picture: string; of: string }[]> {
  const library = (await readdir(asset('diagrams/library'))).filter((name) => name.endsWith('.svg'));
  return [
    { picture: `${EXAMPLE}/relieve.svg`, of: `${EXAMPLE}/relieve.scxml` },
    { picture: `${EXAMPLE}/web.svg`, of: `${EXAMPLE}/web.deployment.xml` },
    ...['balance-load', 'high-load', 'high-memory', 'shutdown'].map((name) => ({
      picture: `examples/peer-policies/${name}.svg`,
      of: `examples/peer-policies/${name}.scxml`,
    })),
    ...library.map((name) => ({
      picture: `diagrams/library/${name}`,
      of: `diagrams/library/${name.replace(/\.svg$/, '.scxml')}`,
    })),
  ];
}

describe('attitune draw', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'attitune-draw-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  async function draw(...args: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [CLI, 'draw', ...args], { cwd: folder, maxBuffer: 1 << 24 });
    return stdout;
  }

  it('writes several files, and stock diagrams, into a folder that it makes', async () => {
    const files = ['start.scxml', 'web.deployment.xml'].map((name) => asset(`${EXAMPLE}/${name}`));
    const out = await draw(...files, 'library:repair', '-o', 'made/pictures/', '--format', 'mmd');
    const names = ['start.mmd', 'web.deployment.mmd', 'repair.mmd'];
    expect(out).to.equal(names.map((name) => `${join('made/pictures', name)}\n`).join(''));
    expect((await readdir(join(folder, 'made/pictures'))).sort()).to.deep.equal([...names].sort());
  });

  it('writes to standard output, by the ending of the name, and by --format', async () => {
    const file = asset(`${EXAMPLE}/stop.scxml`);
    expect(await draw(file, '-o', '-')).to.match(/^<svg /);
    expect(await draw(file, '-o', '-', '--format', 'dot')).to.match(/^digraph "stop" \{/);
    await draw(file, '-o', 'stop.dot');
    expect(await readFile(join(folder, 'stop.dot'), 'utf8')).to.match(/^digraph/);
  });

  it('tells all that is wrong with any of its files, and writes nothing', async () => {
    const wrong = ['unknown-family.deployment.xml', 'unknown-state.scxml'].map((name) =>
      join(asset('test/fixtures/wrong'), name),
    );
    const failure = await draw(asset(`${EXAMPLE}/stop.scxml`), ...wrong, '-o', 'nothing/').then(
      () => expect.fail('it should fail'),
      (error: unknown) => error as { code: number; stderr: string },
    );
    expect(failure.code).to.equal(2);
    expect(failure.stderr).to.match(/unknown-family\.deployment\.xml:4:53: error unknown-class/);
    expect(failure.stderr).to.match(/unknown-state\.scxml:\d+:\d+: error unknown-state/);
    expect(await readdir(folder)).not.to.include('nothing');
  });

  it('drew the pictures that stand beside their files', async () => {
    const stale: string[] = [];
    for (const { picture, of } of await pictures()) {
      const drawn = await drawFile(asset(of));
      if ((await readFile(asset(picture), 'utf8')) !== drawn)
        stale.push(`npx attitune draw ${of} -o ${join(dirname(picture), basename(picture))}`);
    }
    expect(stale, 'pictures to draw anew').to.deep.equal([]);
  });
});
