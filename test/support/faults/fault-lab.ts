import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SystemClock } from '../../../core/model/clock.js';
import type { Domain, MigrationProgress } from '../../../core/model/hypervisor.js';
import type { Executor } from '../../../core/model/executor.js';
import type { HostAccess } from '../../../core/model/infrastructure.js';
import { Lab, labPaths, standingLabHosts } from '../../../wrappers/lab/index.js';
import { GuestAgentExecutor } from '../../../wrappers/language/executors/guest-agent.js';
import { LibvirtHypervisor } from '../../../wrappers/libvirt/index.js';

/** The one machine of the deployment. */
export const GUEST = 'Machine_1';
const clock = new SystemClock();

const MOVE = `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="move" datamodel="ecmascript" initial="idle">
  <datamodel><data id="to" expr="''"/></datamodel>
  <state id="idle">
    <transition event="operator.move" target="moving"><assign location="to" expr="_event.data.arg"/></transition>
  </state>
  <state id="moving">
    <invoke id="m" type="attitune" src="this.migrate"><param name="to" expr="to"/></invoke>
    <transition event="done.invoke.m" target="moved"/>
    <transition event="error.execution" target="stayed"/>
    <transition event="operator.halt" target="halted"/>
  </state>
  <state id="moved"><transition event="operator.again" target="idle"/></state>
  <state id="stayed"><transition event="operator.again" target="idle"/></state>
  <state id="halted"><transition event="operator.again" target="idle"/></state>
</scxml>`;

/** Two hosts of the lab, and what a test does to them behind the manager's back. */
export class FaultLab {
  readonly #dead = new Set<string>();

  private constructor(
    readonly lab: Lab,
    readonly folder: string,
    readonly deployment: string,
  ) {}

  static async up(): Promise<FaultLab> {
    const options = { signal: new AbortController().signal, onProgress: () => undefined };
    const lab = await Lab.up({ hosts: ['host1', 'host2'], images: ['debian'] }, options);
    const folder = await mkdtemp(join(tmpdir(), 'attitune-faults-'));
    const hosts = (await standingLabHosts(labPaths(), clock)).map(({ name, uri, attributes }) => {
      const given = Object.entries(attributes).map(([key, value]) => `<attribute name="${key}" value="${value}"/>`);
      return `<host name="${name}" uri="${uri.replaceAll('&', '&amp;')}">${given.join('')}</host>`;
    });
    await writeFile(join(folder, 'move.scxml'), MOVE);
    const deployment = join(folder, 'faults.deployment.xml');
    await writeFile(
      deployment,
      `<deployment xmlns="urn:attitune:deployment:1" name="faults">
        <hosts family="servers" hypervisor="libvirt">${hosts.join('\n')}</hosts>
        <component class="Machine" wrapper="virtual-machine" hosts="servers">
          <attribute name="image" value="debian"/><attribute name="memory" value="160 MiB"/>
        </component>
        <migration bandwidth="32 MiB/s" timeout="2 min"/>
        <diagram src="library:start" role="start"/>
        <diagram src="library:stop" role="stop"/>
        <policy src="move.scxml" for="Machine"/>
      </deployment>`,
    );
    return new FaultLab(lab, folder, deployment);
  }

  async down(): Promise<void> {
    await this.lab.down();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A connection for one question: the daemons come and go here. */
  async ask<T>(host: string, question: (hypervisor: LibvirtHypervisor) => Promise<T>): Promise<T> {
    const { uri } = this.#host(host).plan;
    const hypervisor = await LibvirtHypervisor.connect({ host, uri, clock, connectTimeoutMs: 5000 });
    try {
      return await question(hypervisor);
    } finally {
      await hypervisor.close();
    }
  }

  /** The guest on each host that has it. */
  async places(): Promise<readonly { readonly host: string; readonly domain: Domain }[]> {
    const found = await Promise.all(
      this.lab.hosts.map(async ({ name }) => {
        const domains = await this.ask(name, (hypervisor) => hypervisor.list());
        return domains.filter((domain) => domain.name === GUEST).map((domain) => ({ host: name, domain }));
      }),
    );
    return found.flat();
  }

  /** Inside the guest, wherever it is. */
  guest(hypervisor: LibvirtHypervisor): Executor {
    const access = { hypervisor } as unknown as HostAccess;
    return new GuestAgentExecutor(GUEST, () => access, GUEST, clock);
  }

  /** Resolves with the host once the migration on it is as far as asked, or with nothing if it ends before. */
  async reached(host: string, far: (progress: MigrationProgress) => boolean): Promise<boolean> {
    return this.ask(host, async (hypervisor) => {
      let begun = false;
      const until = Date.now() + 60_000;
      while (Date.now() < until) {
        await pause(15);
        const progress = await hypervisor.migrationOf(GUEST).catch(() => undefined);
        if (progress && far(progress)) return true;
        begun ||= progress !== undefined;
        if (begun && progress === undefined) return false;
      }
      return false;
    });
  }

  /** Ends the daemon as a crash would. */
  async killDaemon(host: string): Promise<void> {
    process.kill(await this.#pidOf(host, '/run/libvirtd.pid'), 'SIGKILL');
    this.#dead.add(host);
  }

  async killGuest(host: string): Promise<void> {
    process.kill(await this.#pidOf(host, `/run/libvirt/qemu/${GUEST}.pid`), 'SIGKILL');
  }

  /** Cuts or joins the way between the two hosts; the manager reaches both all the time. */
  async cutLink(cut: boolean): Promise<void> {
    const [one, two] = this.lab.hosts;
    if (!one || !two) throw new Error('there are no two hosts');
    for (const [host, peer] of [
      [one, two],
      [two, one],
    ] as const) {
      const verb = cut ? 'add' : 'del';
      await host.executor.run({ argv: ['ip', 'route', verb, 'blackhole', `${peer.plan.address}/32`] });
    }
  }

  /** Starts the daemons that were killed, as systemd does. */
  async restartDaemons(): Promise<void> {
    for (const name of this.#dead) {
      await this.#host(name).executor.start({
        argv: ['libvirtd', '--listen', '--config', '/etc/libvirt/libvirtd.conf'],
        cwd: '/',
        logFile: '/var/log/libvirt/libvirtd.again',
      });
    }
    for (const name of [...this.#dead]) {
      const until = Date.now() + 30_000;
      while (!(await this.#answers(name))) {
        if (Date.now() > until) throw new Error(`libvirtd of ${name} does not come back`);
        await pause(100);
      }
      this.#dead.delete(name);
    }
  }

  /** Processes of QEMU that hold the guest, on either host. */
  async copies(): Promise<number> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
    return commands.filter((command) => command.includes(`guest=${GUEST},`)).length;
  }

  get disk(): string {
    return join(this.lab.paths.disks, `${GUEST}.qcow2`);
  }

  /** Powers off what is left, removes its disk, and mends the hosts, for the next case. */
  async clear(): Promise<void> {
    await this.cutLink(false).catch(() => undefined);
    await this.restartDaemons();
    for (const { host } of await this.places())
      await this.ask(host, (hypervisor) => hypervisor.destroy(GUEST)).catch(() => undefined);
    for (const name of await readdir(this.lab.paths.disks))
      if (name.startsWith(GUEST)) await rm(join(this.lab.paths.disks, name));
    for (const name of await readdir(this.folder))
      if (name.startsWith('state')) await rm(join(this.folder, name), { recursive: true });
  }

  #answers(host: string): Promise<boolean> {
    return this.ask(host, (hypervisor) => hypervisor.list()).then(
      () => true,
      () => false,
    );
  }

  #host(name: string) {
    const host = this.lab.hosts.find((each) => each.name === name);
    if (!host) throw new Error(`no host ${name}`);
    return host;
  }

  async #pidOf(host: string, file: string): Promise<number> {
    const text = await this.#host(host).executor.get(file);
    const pid = Number(text?.trim());
    if (!Number.isInteger(pid) || pid <= 1) throw new Error(`${file} of ${host} names no process: ${text}`);
    return pid;
  }
}
