import { Option, type Command } from 'commander';
import { AttituneError } from '../../../model/errors.js';
import { createVm, type CreateRequest } from '../../vm/create-vm.js';
import type { Fleet } from '../../vm/fleet.js';
import { machinePreparer } from '../../vm/preparer.js';
import { parseSizeMiB } from '../../vm/sizes.js';
import { withFleet } from '../../vm/with-fleet.js';
import type { Terminal } from '../../terminal.js';
import { count, port } from '../options.js';
import { addHostOptions, duration, example, ignoreUnreachable, type CommonOptions } from './host-options.js';

export interface WhereOptions {
  readonly host?: string;
  readonly place?: boolean;
}

interface Options extends CommonOptions, WhereOptions {
  readonly memory: string;
  readonly maxMemory?: string;
  readonly vcpus: number;
  readonly maxVcpus?: number;
  readonly disk?: string;
  readonly swap?: string;
  readonly image: string;
  readonly copy?: boolean;
  readonly packages?: readonly string[];
  readonly http?: number;
  readonly start: boolean;
  readonly network?: string;
  readonly bridge?: string;
  readonly address?: string;
  readonly bootTimeout: number;
}

export function addCreate(vm: Command, terminal: Terminal): void {
  const command = vm
    .command('create')
    .description('make a virtual machine from an image, start it, wait for its guest and print its address')
    .argument('<name>')
    .option('--memory <size>', 'its memory', '384 MiB')
    .option('--max-memory <size>', 'what it may be scaled to while it runs; default: its memory')
    .addOption(new Option('--vcpus <number>', 'its virtual CPUs').argParser(count).default(1))
    .addOption(
      new Option('--max-vcpus <number>', 'what it may be scaled to; default: its virtual CPUs').argParser(count),
    )
    .option('--disk <size>', "its disk as the guest sees it; default, and at least, the image's")
    .option('--swap <size>', 'a swap disk beside it')
    .option('--image <name>', 'what it starts from; built on this machine the first time', 'debian')
    .option('--copy', 'a full copy of the image rather than an overlay on it')
    .option('--packages <names...>', 'Debian packages that the image gets besides its own')
    .addOption(new Option('--http <port>', 'where a web server of the guest answers with its name').argParser(port))
    .option('--no-start', 'only define it');
  addWhere(command)
    .addOption(new Option('--network <name>', "libvirt's network that it is on").conflicts('bridge'))
    .option('--bridge <name>', "the host's bridge that it is on")
    .option('--address <address>', "this address of the host's range; default: a free one, or by DHCP")
    .addOption(bootTimeout())
    .addOption(ignoreUnreachable())
    .option('--json', 'print {name,host,uuid,mac,address,state,why} as JSON');
  example(
    addHostOptions(command),
    "attitune vm create web --memory '512 MiB' --disk '2 GiB' --image debian --place --lab",
  );
  command.action((name: string, options: Options) =>
    withFleet(terminal, options, async (fleet, task) => {
      const host = whereTo(fleet, options);
      const created = await createVm(fleet, machinePreparer(fleet.clock), requestOf(name, host, options), task);
      if (options.json === true) terminal.json(created);
      else terminal.result(created.address ?? `${name} is defined on ${created.host}`);
    }),
  );
}

/** `--host` and `--place`. */
export function addWhere(command: Command): Command {
  return command
    .addOption(new Option('--host <name>', 'the host that it is made on').conflicts('place'))
    .option('--place', 'on the host with most free memory, of those with room');
}

export function bootTimeout(): Option {
  return new Option('--boot-timeout <duration>', 'how long the guest may take until its agent answers')
    .argParser(duration)
    .default(150_000, '150 s');
}

/** The host that is named, the only one there is, or none for one to be chosen. Throws `usage`. */
export function whereTo({ hosts, silent }: Fleet, { host, place }: WhereOptions): string | undefined {
  if (host !== undefined || place === true) return host;
  const names = [...hosts, ...silent].map(({ name }) => name);
  if (names.length === 1) return names[0];
  throw new AttituneError(
    'usage',
    `Say which host with --host (there are ${names.join(', ')}), or --place to have one chosen.`,
  );
}

function requestOf(name: string, host: string | undefined, options: Options): CreateRequest {
  const { image, vcpus, maxVcpus, copy, packages, network, bridge, address } = options;
  const size = (text: string | undefined) => (text === undefined ? undefined : parseSizeMiB(text));
  const [maxMemoryMiB, diskMiB, swapMiB] = [size(options.maxMemory), size(options.disk), size(options.swap)];
  return {
    name,
    image,
    memoryMiB: parseSizeMiB(options.memory),
    vcpus,
    start: options.start,
    ignoreUnreachable: options.ignoreUnreachable === true,
    bootTimeoutMs: options.bootTimeout,
    ...(host === undefined ? {} : { host }),
    ...(maxMemoryMiB === undefined ? {} : { maxMemoryMiB }),
    ...(maxVcpus === undefined ? {} : { maxVcpus }),
    ...(diskMiB === undefined ? {} : { diskMiB }),
    ...(swapMiB === undefined ? {} : { swapMiB }),
    ...(copy === undefined ? {} : { copy }),
    ...(packages === undefined ? {} : { packages }),
    ...(options.http === undefined ? {} : { httpPort: options.http }),
    ...(network === undefined ? {} : { network }),
    ...(bridge === undefined ? {} : { bridge }),
    ...(address === undefined ? {} : { address }),
  };
}
