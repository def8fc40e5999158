import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import type { Programs } from '../../../wrappers/machine/programs.js';
import { explainFailure } from '../../../wrappers/vm/image/build-failure.js';
import { findRecipe } from '../../../wrappers/vm/image/find-recipe.js';
import { imageContents } from '../../../wrappers/vm/image/index.js';
import type { Recipe } from '../../../wrappers/vm/image/recipe.js';

const recipe: Recipe = {
  ...imageContents({ name: 'debian' }),
  archive: { distribution: 'debian', suite: 'bookworm', mirror: 'http://deb.example.org/debian', components: ['main'] },
  kernel: 'linux-image-6.1',
  kernelPackages: ['linux-image-6.1=6.1.1'],
};

describe('What failed while an image was built', () => {
  const explain = (output: string) =>
    explainFailure(
      new AttituneError('image-build', 'debootstrap failed (exit code 1)', { details: { output } }),
      recipe,
      '/var/lib/attitune/images',
    );

  const CASES: readonly (readonly [output: string, code: string, message: RegExp])[] = [
    [
      "E: Couldn't find these debs: no-such-thing neither-this",
      'value',
      /bookworm has no packages no-such-thing, neith/,
    ],
    ['E: No such script: /usr/share/debootstrap/scripts/bokworm', 'value', /knows no release/],
    [
      'E: Failed getting release file http://deb.example.org/…',
      'image-build',
      /deb\.example\.org\/debian does not answer/,
    ],
    ["E: Couldn't download packages: libc6", 'image-build', /check the network/],
    ['Err:1 … Temporary failure resolving ‘deb.example.org’', 'image-build', /check the network/],
    [
      'tar: ./usr: Cannot write: No space left on device',
      'image-build',
      /no room left at \/var\/lib\/attitune\/images/,
    ],
    ['mke2fs: No space left on device while populating file system', 'image-build', /no room left/],
    [
      '__populate_fs: Could not allocate block in ext2 filesystem while writing file "x"',
      'image-build',
      /do not fit on its disk of 1024 MiB.*--size/,
    ],
  ];
  for (const [output, code, message] of CASES) {
    it(`is said for: ${output.slice(0, 50)}`, () => {
      const error = explain(output);
      expect(error.code).to.equal(code);
      expect(error.message).to.match(message);
      expect((error.cause as Error).message).to.contain('exit code 1');
    });
  }

  it('is said as the program said it where nobody knows better', () => {
    expect(explain('dpkg: odd').message).to.equal('debootstrap failed (exit code 1)');
    expect(explainFailure(new Error('odd'), recipe, '/x').message).to.equal('The image debian could not be built: odd');
    const cancelled = new AttituneError('cancelled', 'Ctrl-C');
    expect(explainFailure(cancelled, recipe, '/x')).to.equal(cancelled);
  });
});

describe('What an image is made of', () => {
  let cache: string;
  beforeEach(async () => (cache = await mkdtemp(join(tmpdir(), 'attitune-recipe-'))));
  afterEach(() => rm(cache, { recursive: true, force: true }));

  it('is asked of apt once, until its lists change, and may be of another release', async function () {
    const asked: string[] = [];
    const suites = ['bookworm', 'trixie', 'forky', 'noble', 'jammy', 'resolute', 'plucky'];
    const indexes = suites.map((suite) => `Packages|${suite}|main|http://deb.example.org/debian|`).join('\n');
    const programs: Programs = {
      run: (argv) => {
        asked.push(argv.join(' '));
        if (argv.includes('indextargets')) return Promise.resolve(indexes);
        const name = argv.at(-1) ?? '';
        const depends = /^linux-image-(cloud|virtual)/.test(name) ? 'Depends: linux-image-6.1.0-9\n' : '';
        return Promise.resolve(`Version: 6.1.1\n${depends}`);
      },
    };
    let first: Recipe;
    try {
      first = await findRecipe(programs, cache, { name: 'debian' });
    } catch (error) {
      if (AttituneError.is(error, 'image-build')) this.skip(); // no Debian, or one of another age
      throw error;
    }
    expect(first.kernelPackages).to.deep.equal(['linux-image-6.1.0-9=6.1.1']);
    const times = asked.length;
    expect(await findRecipe(programs, cache, { name: 'debian' })).to.deep.equal(first);
    expect(asked.length).to.equal(times);
    const other = await findRecipe(programs, cache, { name: 'debian', suite: 'sid' });
    expect(other.archive).to.deep.equal({ ...first.archive, suite: 'sid' });
  });
});
