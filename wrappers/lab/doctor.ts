import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { validity } from '../../core/pki/index.js';
import { quickAnswer } from './accelerator.js';
import { freeMiB } from './commands.js';
import { findCgroupTree } from './host/cgroup.js';
import { labPaths } from './lab-paths.js';
import { MANAGER_LINK } from './lab-plan.js';
import { missingPackages, serviceGuardLeft } from './packages.js';
import { MachinePrograms } from '../machine/programs.js';
import { labStatus, type LabStatus } from './status.js';
import { DEFAULT_SUBNET, collisions, parseSubnet, type Route } from './subnet.js';

/** One thing that the doctor looked at. */
export interface LabFinding {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do; only where the state is not `ok`. */
  readonly advice?: string;
}

/** What the doctor judges. An `Error` or text in place of a value says why it could not be found out. */
export interface LabFacts {
  readonly root: boolean;
  readonly missing: readonly string[] | { readonly problem: string };
  readonly cgroupVersion: 1 | 2 | { readonly problem: string };
  readonly namespaces: true | { readonly problem: string };
  readonly virtualisation: { readonly usable: boolean | 'untried'; readonly reason: string };
  readonly subnet: { readonly text: string; readonly taken?: string } | { readonly problem: string };
  readonly status: Pick<
    LabStatus,
    'state' | 'owner' | 'namespaces' | 'links' | 'hosts' | 'images' | 'certificateUntil'
  >;
  /** Programs of the lock manager that this machine lacks. */
  readonly lockManagerLacks: readonly string[];
  readonly now: Date;
  readonly serviceGuardLeft: boolean;
  readonly freeMiB: number;
  readonly memoryMiB: number;
  readonly stateFolder: string;
}

/** What an image build needs at its largest, and what a run with an image needs. */
const BUILD_MIB = 2500;
const RUN_MIB = 500;
/** Two VMs of 384 MiB with what QEMU adds, the daemons, and the manager. */
const MEMORY_MIB = 1500;

const CHECKS = [
  ...[rights, packages, cgroup, namespaces, virtualisation, addresses, locks, certificates],
  ...[leftovers, image, disk, memory],
];

/** Looks at everything the lab needs, changing nothing. */
export async function labDoctor(): Promise<readonly LabFinding[]> {
  return labFindings(await gatherFacts());
}

/** Judges the facts; pure. */
export function labFindings(facts: LabFacts): readonly LabFinding[] {
  return CHECKS.map((check) => check(facts));
}

function rights({ root }: LabFacts): LabFinding {
  return root ? ok('rights', 'root') : fail('rights', 'not root', 'Run the lab as root (sudo).');
}

function packages({ missing }: LabFacts): LabFinding {
  if ('problem' in missing) return fail('packages', missing.problem, 'The lab runs on Debian and Ubuntu.');
  if (missing.length === 0) return ok('packages', 'all installed');
  return fail(
    'packages',
    `missing: ${missing.join(' ')}`,
    `apt-get install --no-install-recommends ${missing.join(' ')}`,
  );
}

function cgroup({ cgroupVersion }: LabFacts): LabFinding {
  if (typeof cgroupVersion === 'number') return ok('cgroup', `version ${cgroupVersion}, with a CPU controller`);
  return fail(
    'cgroup',
    cgroupVersion.problem,
    'Run on a machine, or in a privileged container, whose cgroups can be written.',
  );
}

function namespaces({ namespaces: answer }: LabFacts): LabFinding {
  if (answer === true) return ok('namespaces', 'network, mount and UTS namespaces can be made');
  return fail('namespaces', answer.problem, 'Run as root on a machine, or in a privileged container.');
}

function virtualisation({ virtualisation: { usable, reason } }: LabFacts): LabFinding {
  if (usable === false)
    return warn('virtualisation', `software emulation: ${reason}`, 'Guests start slower; nothing else changes.');
  return ok('virtualisation', reason);
}

function addresses({ subnet }: LabFacts): LabFinding {
  const advice = 'Set ATTITUNE_LAB_SUBNET to a private /24 that is free here.';
  if ('problem' in subnet) return fail('addresses', subnet.problem, advice);
  return subnet.taken === undefined
    ? ok('addresses', `${subnet.text} is free`)
    : fail('addresses', `${subnet.text} is in use: ${subnet.taken}`, advice);
}

function locks({ lockManagerLacks, status }: LabFacts): LabFinding {
  if (lockManagerLacks.length > 0) {
    const packageName =
      'libvirt-daemon, and libvirt-daemon-lock and libvirt-daemon-plugin-lockd where they are of their own';
    return fail('lock manager', `missing: ${lockManagerLacks.join(', ')}`, `Install ${packageName}.`);
  }
  if (status.hosts.length === 0) return ok('lock manager', 'virtlockd and its plug-in are installed');
  const without = status.hosts.filter(({ lockManager }) => !lockManager).map(({ name }) => name);
  if (without.length === 0)
    return ok('lock manager', `virtlockd runs on ${status.hosts.map(({ name }) => name).join(', ')}`);
  return fail(
    'lock manager',
    `virtlockd does not run on ${without.join(', ')}: nothing keeps a disk from being used twice`,
    'Take the lab down and bring it up again: attitune lab down; attitune lab up',
  );
}

function certificates({ status: { state, certificateUntil }, now }: LabFacts): LabFinding {
  if (certificateUntil === undefined)
    return state === 'kept'
      ? fail('certificates', 'those of the lab are gone', 'Take it down: attitune lab down')
      : ok('certificates', 'made anew for each lab');
  const left = validity({ validFrom: new Date(0), validTo: new Date(certificateUntil) }, now);
  if (left === 'valid') return ok('certificates', `valid until ${certificateUntil.slice(0, 10)}`);
  return warn(
    'certificates',
    `${left === 'expired' ? 'expired' : 'expire'} on ${certificateUntil.slice(0, 10)}`,
    'A new lab has new ones: attitune lab down; attitune lab up',
  );
}

function leftovers({ status, serviceGuardLeft: guard }: LabFacts): LabFinding {
  const { state, owner } = status;
  const things = [
    ...status.namespaces,
    ...status.links,
    ...status.hosts.map(({ name, processes }) => `${name} (${processes.length} processes)`),
  ];
  if (state === 'up')
    return warn('leftovers', `process ${owner?.pid} runs a lab (${owner?.command})`, 'Wait for its end, or end it.');
  if (state === 'kept')
    return warn('leftovers', `'attitune lab up' left a lab since ${owner?.since}`, 'Take it down: attitune lab down');
  if (state === 'left' || guard) {
    const detail = `an earlier run left: ${[...things, ...(guard ? ['/usr/sbin/policy-rc.d'] : [])].join(', ') || 'its lock'}`;
    return warn('leftovers', detail, 'Clean up: attitune lab down');
  }
  return ok('leftovers', 'none');
}

function image({ status: { images } }: LabFacts): LabFinding {
  if (images.length > 0) return ok('image', `built: ${images.map(({ key }) => key).join(', ')}`);
  return warn('image', 'none built yet', 'The next start builds it, which takes some minutes.');
}

function disk({ freeMiB: free, status: { images }, stateFolder }: LabFacts): LabFinding {
  const needed = images.length > 0 ? RUN_MIB : BUILD_MIB;
  const detail = `${free} MiB free at ${stateFolder}, ${needed} MiB needed`;
  return free >= needed
    ? ok('disk', detail)
    : fail('disk', detail, 'Free some space, or set ATTITUNE_STATE to a folder elsewhere.');
}

function memory({ memoryMiB }: LabFacts): LabFinding {
  const detail = `${memoryMiB} MiB available`;
  return memoryMiB >= MEMORY_MIB
    ? ok('memory', detail)
    : warn('memory', detail, `Two VMs need about ${MEMORY_MIB} MiB.`);
}

function ok(check: string, detail: string): LabFinding {
  return { check, state: 'ok', detail };
}

function warn(check: string, detail: string, advice: string): LabFinding {
  return { check, state: 'warn', detail, advice };
}

function fail(check: string, detail: string, advice: string): LabFinding {
  return { check, state: 'fail', detail, advice };
}

/** Debian's folders, those of libraries with the machine's architecture in them. */
const LIBRARIES = ['/usr/lib', `/usr/lib/${arch() === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`, '/usr/lib64'];

function lockManagerLacks(): readonly string[] {
  const plugIn = LIBRARIES.some((folder) => existsSync(`${folder}/libvirt/lock-driver/lockd.so`));
  return [
    ...(existsSync('/usr/sbin/virtlockd') ? [] : ['/usr/sbin/virtlockd']),
    ...(plugIn ? [] : ['libvirt/lock-driver/lockd.so']),
  ];
}

async function gatherFacts(): Promise<LabFacts> {
  const programs = new MachinePrograms();
  const paths = labPaths();
  const attempt = async <T>(look: () => Promise<T>): Promise<T | { readonly problem: string }> => {
    try {
      return await look();
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  };
  const known = quickAnswer(await readFile('/proc/cpuinfo', 'utf8'), existsSync('/dev/kvm'));
  return {
    root: process.getuid?.() === 0,
    missing: await attempt(() => missingPackages(programs)),
    // async so that a throw becomes a problem
    cgroupVersion: await attempt(() => Promise.resolve().then(() => findCgroupTree().version)),
    namespaces: await attempt(async () => {
      await programs.run(['unshare', '--net', '--mount', '--uts', 'true']);
      return true as const;
    }),
    virtualisation: known
      ? { usable: false, reason: known.reason }
      : { usable: 'untried', reason: '/dev/kvm is there; the next start tries it' },
    subnet: await attempt(async () => {
      const subnet = parseSubnet(process.env['ATTITUNE_LAB_SUBNET'] ?? DEFAULT_SUBNET);
      const routes = JSON.parse(await programs.run(['ip', '-j', '-4', 'route', 'show', 'table', 'all'])) as Route[];
      const [taken] = collisions(subnet, routes, MANAGER_LINK);
      return { text: subnet.text, ...(taken ? { taken: `${taken.dst}${taken.dev ? ` on ${taken.dev}` : ''}` } : {}) };
    }),
    status: await labStatus(),
    lockManagerLacks: lockManagerLacks(),
    now: new Date(),
    serviceGuardLeft: serviceGuardLeft(),
    freeMiB: await freeMiB(paths.state),
    memoryMiB: Math.floor(
      Number(/^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1] ?? 0) / 1024,
    ),
    stateFolder: paths.state,
  };
}
