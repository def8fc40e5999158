import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { chooseKernel } from '../../../wrappers/vm/image/kernel.js';
import { imageContents } from '../../../wrappers/vm/image/image-contents.js';
import { imageKey, type Recipe } from '../../../wrappers/vm/image/recipe.js';
import { debootstrapProgress } from '../../../wrappers/vm/image/root-tree.js';
import { quickAnswer } from '../../../wrappers/lab/accelerator.js';
import type { Programs } from '../../../wrappers/machine/programs.js';

const archive = {
  distribution: 'debian',
  suite: 'bookworm',
  mirror: 'http://deb.example.org/debian',
  components: ['main'],
} as const;
const recipe: Recipe = {
  ...imageContents({ name: 'tomcat' }),
  archive,
  kernel: 'linux-image-6.1.0-56-cloud-amd64',
  kernelPackages: ['linux-image-6.1.0-56-cloud-amd64=6.1.192-2'],
};

describe('Guest image', () => {
  it('is another one when anything it is made of changes, but not by the mirror', () => {
    const files = (name: string) => `content of ${name}`;
    const key = imageKey(recipe, files);
    expect(key).to.match(/^tomcat-[0-9a-f]{16}$/);
    expect(imageKey({ ...recipe, archive: { ...archive, mirror: 'http://other.example.org/debian' } }, files)).to.equal(
      key,
    );
    const others = [
      imageKey({ ...recipe, archive: { ...archive, suite: 'trixie' } }, files),
      imageKey({ ...recipe, kernelPackages: ['linux-image-6.1.0-57-cloud-amd64=6.1.200-1'] }, files),
      imageKey({ ...recipe, contents: { ...recipe.contents, packages: ['tomcat10'] } }, files),
      imageKey(recipe, (name) => (name === 'setup.sh' ? 'changed' : files(name))),
      imageKey(recipe, (name) => (name === 'initramfs-init.sh' ? 'changed' : files(name))),
    ];
    expect(new Set([key, ...others]).size).to.equal(others.length + 1);
  });

  it('is refused by a name that nobody can build', () => {
    expect(() => imageContents({ name: 'windows' }))
      .to.throw(AttituneError, /tomcat/)
      .with.property('code', 'value');
  });

  it('takes the kernel that the meta package stands for, with its modules where they are apart', async () => {
    const shown: Readonly<Record<string, string>> = {
      'linux-image-virtual':
        'Version: 6.8.0.50.50\nDepends: linux-image-6.8.0-50-generic (= 6.8.0-50.51), linux-base\n',
      'linux-image-6.8.0-50-generic':
        'Version: 6.8.0-50.51\nDepends: kmod, linux-base (>= 4), linux-modules-6.8.0-50-generic\n',
      'linux-modules-6.8.0-50-generic': 'Version: 6.8.0-50.51\n',
    };
    const programs: Programs = { run: (argv) => Promise.resolve(shown[argv.at(-1) as string] ?? '') };
    expect(await chooseKernel(programs, { ...archive, distribution: 'ubuntu' })).to.deep.equal({
      kernel: 'linux-image-6.8.0-50-generic',
      kernelPackages: ['linux-image-6.8.0-50-generic=6.8.0-50.51', 'linux-modules-6.8.0-50-generic=6.8.0-50.51'],
    });
    const none = await chooseKernel(programs, archive).catch((error: unknown) => error);
    expect(none).to.be.instanceOf(AttituneError).with.property('code', 'image-build');
  });

  it('never goes back in its progress, and stays within 1', () => {
    const progress = debootstrapProgress(2);
    const lines = [
      'I: Validating a 1',
      'W: odd',
      'I: Retrieving b 2',
      'I: Validating b 2',
      'I: Unpacking a...',
      'I: Unpacking b...',
      'I: Unpacking c...',
    ];
    const seen = [...lines, 'I: Configuring a...', 'I: Configuring b...', 'I: Base system installed successfully.'].map(
      progress,
    );
    expect(seen).to.deep.equal([...seen].sort((a, b) => a - b));
    expect(seen[0]).to.be.closeTo(0.15, 1e-9);
    expect(seen.at(-1)).to.equal(1);
  });
});

describe('Acceleration', () => {
  const flags = 'processor : 0\nflags\t\t: fpu sse2 vmx avx\n';

  it('is software where the device or the processor does not offer more', () => {
    expect(quickAnswer(flags, false)?.kind).to.equal('tcg');
    expect(quickAnswer('flags\t\t: fpu sse2 hypervisor\n', true)?.kind).to.equal('tcg');
  });

  it('is to be tried where both do', () => {
    expect(quickAnswer(flags, true)).to.equal(undefined);
    expect(quickAnswer('flags\t\t: svm npt\n', true)).to.equal(undefined);
  });
});
