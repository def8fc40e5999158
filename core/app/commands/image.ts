import type { Command } from 'commander';
import Table from 'cli-table3';
import pc from 'picocolors';
import { parseMemoryMiB } from '../../model/quantity.js';
import { IMAGES, ImageStore, imagePaths, type StoredImage } from '../../../wrappers/vm/image/index.js';
import { MachinePrograms } from '../../../wrappers/machine/programs.js';
import { interruptible } from '../interrupt.js';
import type { Terminal } from '../terminal.js';

interface BuildOptions {
  readonly package?: readonly string[];
  readonly suite?: string;
  readonly size?: string;
  readonly json?: boolean;
}

/** `image build|list|remove`: the guest images of this machine. */
export function imageCommand(program: Command, terminal: Terminal): void {
  const image = program.command('image').description('guest images that virtual machines start from (root)');
  const store = () => new ImageStore(new MachinePrograms(), imagePaths());
  const onProgress = (step: string, fraction?: number) => terminal.progress(step, fraction);
  const within = (action: (signal: AbortSignal) => Promise<void>) =>
    interruptible((text) => terminal.say(text), action);

  image
    .command('build')
    .description(`build an image, unless it is built: ${describeNames()}`)
    .argument('<name>', 'what it is made from')
    .option('--package <name>', 'a Debian package to have in it; may be given several times', collect)
    .option('--suite <release>', 'the release of the distribution; default: that of this machine')
    .option('--size <size>', 'of its disk, such as "4 GiB"; a virtual machine may have a larger one')
    .option('--json', 'print the image as JSON')
    .action((name: string, options: BuildOptions) =>
      within(async (signal) => {
        const diskMiB = options.size === undefined ? undefined : parseMemoryMiB(options.size);
        const { suite } = options;
        const images = store();
        const built = await images.ensure({ name, packages: options.package, suite, diskMiB }, { signal, onProgress });
        const stored = (await images.list()).find(({ key }) => key === built.key);
        if (options.json === true) terminal.json(stored ?? built);
        else terminal.result(built.key);
      }),
    );

  image
    .command('list')
    .description('the images that are built')
    .option('--json', 'print them as JSON')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const images = store();
      const rows = await Promise.all(
        (await images.list()).map(async (each) => ({ ...each, usedBy: await images.usersOf(each) })),
      );
      if (json === true) terminal.json(rows);
      else if (rows.length === 0) terminal.result('none: `attitune image build debian` builds one');
      else terminal.result(table(rows));
    });

  image
    .command('remove')
    .description('remove an image, unless it is in use')
    .argument('<image>', 'its key, or a name, for all images of that name')
    .option('--json', 'print what was removed as JSON')
    .action((which: string, { json }: { readonly json?: boolean }) =>
      within(async (signal) => {
        const removed = await store().remove(which, { signal, onProgress });
        const keys = removed.map(({ key }) => key);
        if (json === true) terminal.json({ removed: keys });
        else terminal.result(keys.map((key) => `removed ${key}`).join('\n'));
      }),
    );
}

function describeNames(): string {
  return Object.entries(IMAGES)
    .map(([name, { about }]) => `${name} (${about})`)
    .join(', ');
}

function collect(value: string, former: readonly string[] = []): readonly string[] {
  return [...former, value];
}

function table(rows: readonly (StoredImage & { readonly usedBy: readonly string[] })[]): string {
  const made = new Table({
    head: ['image', 'release', 'disk', 'takes', 'built', 'packages', 'used by'].map((text) => pc.bold(text)),
    style: { head: [], border: [], compact: true },
    colWidths: [null, null, null, null, null, 40, null],
    wordWrap: true,
  });
  for (const { key, suite, diskMiB, bytes, builtAt, packages, usedBy } of rows) {
    made.push([
      key,
      suite,
      `${diskMiB} MiB`,
      `${Math.ceil(bytes / 2 ** 20)} MiB`,
      builtAt.slice(0, 16).replace('T', ' '),
      packages.join(' '),
      usedBy.length > 0 ? usedBy.join('\n') : 'nothing',
    ]);
  }
  return made.toString();
}
