import { constants } from 'node:fs';
import { access, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { asset } from '../../../core/assets/package-root.js';
import { delay, type Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Executor } from '../../../core/model/executor.js';
import type { NodeUsage } from '../../../core/model/infrastructure.js';
import { LocalExecutor } from '../../language/executors/local.js';
import type { LabPaths } from '../lab-paths.js';
import { LIBVIRT_PORT, type LabHostPlan, type LabPlan } from '../lab-plan.js';
import type { HostCgroup } from './cgroup.js';
import {
  accountFile,
  hostsFile,
  libvirtdConfiguration,
  lockdConfiguration,
  nameServiceSwitch,
  qemuConfiguration,
  virtlockdConfiguration,
} from './host-files.js';

const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;
/** What `holder.sh` mounts over, beyond what every machine has. */
const PRIVATE_FOLDERS = [
  ...['/etc/libvirt', '/var/lib/libvirt', '/var/log/libvirt', '/var/cache/libvirt', '/var/lib/attitune'],
] as const;

/** Joins the cgroups named before `--`, then goes on as what follows. */
const JOIN_SCRIPT = `while [ "$1" != -- ]; do echo $$ > "$1" || exit 1; shift; done; shift; exec "$@"`;
/** Runs in the host what follows, in the folder where the caller stood. */
const ENTER_SCRIPT = `${JOIN_SCRIPT.replace('exec "$@"', 'pid=$1; shift')}; exec nsenter --target "$pid" --mount --uts --net -- env --chdir="$PWD" "$@"`;

/** One host of the lab: namespaces that a holder process keeps, a cgroup, and libvirtd with its lock manager in them. */
export class LabHost {
  #executor: Executor | undefined;
  /** libvirtd and its lock manager, while they run, in the order in which they were started. */
  #daemons: readonly number[] = [];
  #limit: number | undefined;

  constructor(
    readonly plan: LabHostPlan,
    readonly cgroup: HostCgroup,
    private readonly lab: LabPlan,
    private readonly paths: LabPaths,
    private readonly clock: Clock,
  ) {}

  get name(): string {
    return this.plan.name;
  }

  /** Runs things in the host's namespaces and cgroup. Throws `lab` before `up`. */
  get executor(): Executor {
    if (!this.#executor) throw new AttituneError('lab', `The lab host ${this.name} is not up.`);
    return this.#executor;
  }

  /** Brings the host up; its network namespace and cgroup exist already. `virtualisation`: whether /dev/kvm works. */
  async up(virtualisation: boolean, signal: AbortSignal): Promise<void> {
    const folder = await this.#prepareFolders();
    const holder = await this.#startHolder(folder, virtualisation);
    await this.#until(
      async () => exists(join(folder, 'run', 'attitune-ready')),
      () => alive(holder),
      join(folder, 'holder.log'),
      signal,
    );
    this.#executor = new LocalExecutor({
      node: this.name,
      prefix: ['sh', '-c', ENTER_SCRIPT, 'attitune', ...this.cgroup.joinFiles, '--', String(holder)],
    });
    await this.startDaemons(signal);
  }

  /** Whether libvirtd runs. */
  async daemonsRun(): Promise<boolean> {
    const libvirtd = this.#daemons.at(-1);
    return libvirtd !== undefined && (await alive(libvirtd));
  }

  /** The host's daemons run when this resolves; both are started anew. */
  async startDaemons(signal: AbortSignal): Promise<void> {
    const folder = join(this.paths.hosts, this.name);
    this.#daemons = [];
    // libvirtd asks for it as it begins, to see to the guests that run already
    await this.#startDaemon(
      folder,
      ['virtlockd'],
      () => listens({ path: join(folder, 'run/libvirt/virtlockd-sock') }),
      signal,
    );
    await this.#startDaemon(
      folder,
      ['libvirtd', '--listen'],
      () => listens({ host: this.plan.address, port: LIBVIRT_PORT }),
      signal,
    );
  }

  async #startDaemon(
    folder: string,
    [daemon, ...options]: readonly [string, ...string[]],
    ready: () => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void> {
    const { pid } = await this.executor.start({
      argv: [daemon, ...options, '--config', `/etc/libvirt/${daemon}.conf`],
      cwd: '/',
      logFile: `/var/log/libvirt/${daemon}.out`,
    });
    this.#daemons = [...this.#daemons, pid];
    await this.#until(ready, () => alive(pid), join(folder, 'log', `${daemon}.out`), signal);
  }

  /** Ends the host's daemons in order, libvirtd first; guests would go on. */
  async stopDaemons(signal: AbortSignal): Promise<void> {
    for (const pid of [...this.#daemons].reverse()) {
      await this.executor.signal(pid, 'SIGTERM');
      const deadline = this.clock.now() + READY_WITHIN_MS;
      while (await alive(pid)) {
        if (this.clock.now() > deadline) await this.executor.signal(pid, 'SIGKILL');
        await delay(this.clock, POLL_MS, signal);
      }
    }
    this.#daemons = [];
  }

  /** Limits the host to so many CPUs, or lifts the limit. */
  async limitCpus(limit: number | undefined): Promise<void> {
    await this.cgroup.limit(limit);
    this.#limit = limit;
  }

  /** CPUs that the host can use now. */
  get cpuCapacity(): number {
    return Math.min(this.#limit ?? Infinity, cpus().length);
  }

  /** What the host has used, from its cgroup. */
  async usage(): Promise<NodeUsage> {
    const cpuBusySeconds = await this.cgroup.cpuSeconds();
    return { at: this.clock.now(), cpuBusySeconds, cpuCapacity: this.cpuCapacity };
  }

  async #prepareFolders(): Promise<string> {
    const folder = join(this.paths.hosts, this.name);
    await rm(folder, { recursive: true, force: true });
    // what libvirt learns of the installed QEMU takes it seconds: kept between runs
    const cache = join(this.paths.cache, 'libvirt', this.name);
    for (const path of ['run/lock', 'run/libvirt', 'etc-libvirt', 'lib', 'log', 'own', 'pki']) {
      await mkdir(join(folder, path), { recursive: true });
    }
    await mkdir(cache, { recursive: true });
    await symlink(cache, join(folder, 'cache'));
    for (const target of PRIVATE_FOLDERS) {
      await mkdir(target, { recursive: true });
    }
    const configuration = {
      'libvirtd.conf': libvirtdConfiguration(this.plan, this.paths),
      'qemu.conf': qemuConfiguration(this.plan),
      'qemu-lockd.conf': lockdConfiguration(this.paths),
      'virtlockd.conf': virtlockdConfiguration(),
    };
    for (const [name, text] of Object.entries(configuration)) await writeFile(join(folder, 'etc-libvirt', name), text);
    await writeFile(join(folder, 'hosts'), hostsFile(this.lab));
    const machines = (file: string) => readFile(join('/etc', file), 'utf8').catch(() => '');
    await writeFile(join(folder, 'nsswitch.conf'), nameServiceSwitch(await machines('nsswitch.conf')));
    for (const kind of ['passwd', 'group'] as const) {
      await writeFile(join(folder, kind), accountFile(kind, await machines(kind)));
    }
    return folder;
  }

  async #startHolder(folder: string, virtualisation: boolean): Promise<number> {
    const machine = new LocalExecutor({
      node: this.name,
      prefix: ['sh', '-c', JOIN_SCRIPT, 'attitune', ...this.cgroup.joinFiles, '--'],
    });
    const { pid } = await machine.start({
      argv: [
        ...(['nsenter', `--net=/run/netns/${this.plan.namespace}`, '--'] as const),
        ...['unshare', '--mount', '--uts', '--propagation', 'slave', '--'],
        ...['sh', asset('wrappers/lab/host/holder.sh'), this.name, folder, virtualisation ? 'kvm' : 'hide-kvm'],
        ...[this.paths.pki, this.paths.images, this.paths.lab],
      ],
      cwd: '/',
      logFile: join(folder, 'holder.log'),
    });
    return pid;
  }

  async #until(
    ready: () => Promise<boolean>,
    running: () => Promise<boolean>,
    log: string,
    signal: AbortSignal,
  ): Promise<void> {
    const deadline = this.clock.now() + READY_WITHIN_MS;
    while (!(await ready())) {
      const dead = !(await running());
      if (dead || this.clock.now() > deadline) {
        const said = (await readFile(log, 'utf8').catch(() => '')).trim().slice(-1500);
        const what = dead ? 'ended while it started' : `was not ready within ${READY_WITHIN_MS / 1000} s`;
        throw new AttituneError('lab', `The lab host ${this.name} ${what}${said ? `: ${said}` : ''} (log: ${log}).`);
      }
      await delay(this.clock, POLL_MS, signal);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

async function alive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

function listens(
  where: { readonly path: string } | { readonly host: string; readonly port: number },
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...where, timeout: 1000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
