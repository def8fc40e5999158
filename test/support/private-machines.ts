import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import { hostNamed } from '../../core/model/host-named.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import { LocalInfrastructure } from '../../wrappers/hosts/index.js';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';
import { skipUnless } from './skip.js';

/** A machine of our own: a network namespace with an address, and a `/run` of its own; everything else is shared. */
interface Machine {
  readonly holder: ChildProcess;
  readonly pid: number;
  readonly address: string;
}

const ADDRESS = (index: number) => `192.0.2.${index + 1}`;

/** Skips a suite where this machine cannot make namespaces, or lacks programs. */
export function skipWithoutPrivateMachines(context: Mocha.Context, programs: Readonly<Record<string, string>>): void {
  skipUnless(context, { root: true, programs: { ...programs, ip: 'iproute2' } });
  if (spawnSync('unshare', ['--mount', '--net', 'true']).status === 0) return;
  console.log('      skipped: this container may not make namespaces; start it with --privileged');
  context.skip();
}

/** Several machines on one network of their own, as hosts without a hypervisor. */
export class PrivateMachines extends LocalInfrastructure {
  readonly #machines = new Map<string, Machine>();

  /** They reach each other, and nothing else; the bridge between them is in the first. */
  async make(names: readonly string[]): Promise<void> {
    let hub: number | undefined;
    for (const [index, name] of names.entries()) {
      const script = 'mount -t tmpfs tmpfs /run && ip link set lo up && echo made && exec sleep infinity';
      const holder = spawn('unshare', ['--mount', '--net', 'sh', '-c', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const pid = holder.pid ?? 0;
      this.#machines.set(name, { holder, pid, address: ADDRESS(index) });
      await once(holder.stdout, 'data');
      if (hub === undefined) {
        hub = pid;
        inside(hub, 'link', 'add', 'lan', 'type', 'bridge');
        inside(hub, 'address', 'add', `${ADDRESS(index)}/24`, 'dev', 'lan');
        inside(hub, 'link', 'set', 'lan', 'up');
        continue;
      }
      inside(hub, 'link', 'add', `to${index}`, 'type', 'veth', 'peer', 'name', 'lan', 'netns', String(pid));
      inside(hub, 'link', 'set', `to${index}`, 'master', 'lan', 'up');
      inside(pid, 'address', 'add', `${ADDRESS(index)}/24`, 'dev', 'lan');
      inside(pid, 'link', 'set', 'lan', 'up');
    }
  }

  override hosts(): readonly HostAccess[] {
    return super.hosts().map((host) => {
      const machine = this.#machines.get(host.name);
      if (!machine) return host;
      const prefix = ['nsenter', `--target=${machine.pid}`, '--net', '--mount', '--'];
      return { ...host, address: machine.address, executor: new LocalExecutor({ node: host.name, prefix }) };
    });
  }

  override host(name: string): HostAccess {
    return hostNamed(this.hosts(), name);
  }

  /** Ends whatever still runs in them: their processes by id, and then the machines themselves. */
  async destroy(): Promise<void> {
    for (const { pid } of this.#machines.values()) {
      const own = await readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
      if (own === undefined) continue;
      for (const process_ of await processesIn(own)) if (process_ !== pid) end(process_);
    }
    await Promise.all(
      [...this.#machines.values()].map(async ({ holder }) => {
        if (holder.exitCode !== null || holder.signalCode !== null) return;
        const gone = once(holder, 'exit');
        holder.kill('SIGKILL');
        await gone;
      }),
    );
    this.#machines.clear();
  }

  /** Ids of what runs in a machine now, without what holds it. */
  async running(name: string): Promise<readonly number[]> {
    const machine = this.#machines.get(name);
    if (!machine) return [];
    const own = await readlink(`/proc/${machine.pid}/ns/net`);
    return (await processesIn(own)).filter((pid) => pid !== machine.pid);
  }
}

/** Configures the network of the namespace that a process is in. */
function inside(pid: number, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync('nsenter', [`--target=${pid}`, '--net', '--', 'ip', ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

async function processesIn(namespace: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const own = await readlink(`/proc/${entry}/ns/net`).catch(() => undefined);
    if (own === namespace) found.push(Number(entry));
  }
  return found;
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
