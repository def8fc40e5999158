import { mkdir } from 'node:fs/promises';
import { SystemClock, type Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { UpOptions } from '../../core/model/infrastructure.js';
import { findAcceleration, type Acceleration } from './accelerator.js';
import { findCgroupTree, type CgroupTree } from './host/cgroup.js';
import { writeLabCertificates } from './host/lab-certificates.js';
import { LabHost } from './host/lab-host.js';
import { LabNetwork } from './host/network.js';
import type { GuestImage } from '../vm/image/guest-image.js';
import { imageContents, type ImageRequest } from '../vm/image/image-contents.js';
import { ImageStore } from '../vm/image/image-store.js';
import { labPaths, type LabPaths } from './lab-paths.js';
import { planLab, type LabPlan } from './lab-plan.js';
import { LabLock, type LabOwner } from './life/lab-lock.js';
import { LabRecordFile, type LabRecord } from './life/lab-state.js';
import { Reaper } from './life/reaper.js';
import { tearDown } from './life/teardown.js';
import { missingPackages } from './packages.js';
import { MachinePrograms, type Programs } from '../machine/programs.js';
import { DEFAULT_SUBNET, parseSubnet } from './subnet.js';

/** CPUs that each host has once its limit is set. */
export const DEFAULT_CPU_LIMIT = 0.8;

export interface LabOptions {
  readonly hosts: readonly string[];
  /** Images to have ready. */
  readonly images: readonly (string | ImageRequest)[];
  /** Default {@link DEFAULT_CPU_LIMIT}. */
  readonly cpuLimit?: number | undefined;
}

/** What the lab stands on; every part has a default: this machine. */
export interface LabParts {
  readonly programs?: Programs;
  readonly clock?: Clock;
  readonly paths?: LabPaths;
  /** `A.B.C.0/24`; default: `ATTITUNE_LAB_SUBNET`, or {@link DEFAULT_SUBNET}. */
  readonly subnet?: string;
}

/** A lab that stands: hosts up, images built, owned by this process until `down`. */
export class Lab {
  readonly #images = new Map<string, GuestImage>();
  readonly #guests: Record<string, { address: string; mac: string }> = {};
  readonly #recordFile: LabRecordFile;
  readonly #startedAt: string;
  #acceleration: Acceleration = { kind: 'tcg', reason: 'not tried yet' };
  #hosts: readonly LabHost[] = [];
  #reaper: Reaper | undefined;
  #down: Promise<void> | undefined;

  private constructor(
    readonly plan: LabPlan,
    readonly paths: LabPaths,
    private readonly cpuLimit: number,
    private readonly owner: LabOwner,
    private readonly lock: LabLock,
    private readonly cgroups: CgroupTree,
    private readonly programs: Programs,
    private readonly clock: Clock,
  ) {
    this.#recordFile = new LabRecordFile(paths.run);
    this.#startedAt = new Date(clock.now()).toISOString();
  }

  /**
   * Takes the lab of this machine and brings it up, after cleaning what a dead owner left. Rejects, with all of it taken
   * down again, with `not-root`, `missing-package`, `lab-busy`, `lab`, `image-build` or `cancelled`.
   */
  static async up(options: LabOptions, { signal, onProgress }: UpOptions, parts: LabParts = {}): Promise<Lab> {
    const { programs = new MachinePrograms(), clock = new SystemClock(), paths = labPaths() } = parts;
    const subnet = parseSubnet(parts.subnet ?? process.env['ATTITUNE_LAB_SUBNET'] ?? DEFAULT_SUBNET);
    const plan = planLab(options.hosts, subnet, paths.pki);
    requireRoot();
    const missing = await missingPackages(programs);
    if (missing.length > 0) {
      throw new AttituneError(
        'missing-package',
        `The lab needs Debian packages that are not installed: ${missing.join(' ')}. ` +
          `Install them with: apt-get install --no-install-recommends ${missing.join(' ')}`,
        { details: { missing } },
      );
    }
    const cgroups = findCgroupTree();
    const lock = new LabLock(paths.run, clock);
    const { owner } = await lock.take('run', { signal });
    const lab = new Lab(plan, paths, options.cpuLimit ?? DEFAULT_CPU_LIMIT, owner, lock, cgroups, programs, clock);
    try {
      await lab.#bringUp(options.images, { signal, onProgress });
      return lab;
    } catch (error) {
      await lab.down();
      if (signal.aborted) throw new AttituneError('cancelled', 'Bringing the lab up was cancelled.', { cause: error });
      throw AttituneError.from(error, 'lab', 'The lab could not be brought up');
    }
  }

  get hosts(): readonly LabHost[] {
    return this.#hosts;
  }

  get acceleration(): Acceleration {
    return this.#acceleration;
  }

  /** An image, built if need be. */
  async image(wanted: string | ImageRequest, options: UpOptions): Promise<GuestImage> {
    const { name, contents } = imageContents(typeof wanted === 'string' ? { name: wanted } : wanted);
    const key = `${name} ${JSON.stringify(contents)}`;
    const known = this.#images.get(key);
    if (known) return known;
    const image = await new ImageStore(this.programs, this.paths, { clock: this.clock }).ensure(wanted, options);
    this.#images.set(key, image);
    return image;
  }

  /** Limits every host's CPU to `cpuLimit`, or lifts the limits. */
  async limitCpus(limited: boolean): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.limitCpus(limited ? this.cpuLimit : undefined)));
  }

  /** Notes a guest for `attitune lab status`; `undefined`: it is gone. */
  async recordGuest(name: string, guest: { address: string; mac: string } | undefined): Promise<void> {
    if (guest) this.#guests[name] = guest;
    else delete this.#guests[name];
    await this.#recordFile.write(this.#record());
  }

  /** Leaves the lab standing when this process ends; only `labDown` takes it down then. */
  async keep(): Promise<void> {
    await this.lock.keep(this.owner);
    await this.#reaper?.dismiss();
  }

  /** Takes everything down; idempotent. */
  down(): Promise<void> {
    return (this.#down ??= this.#takeDown());
  }

  async #bringUp(images: LabOptions['images'], { signal, onProgress }: UpOptions): Promise<void> {
    await this.#cleanUp();
    this.#reaper = await Reaper.start(this.paths, this.owner.token);
    const network = new LabNetwork(this.programs, this.plan);
    await network.checkFree();
    for (const folder of [this.paths.disks, this.paths.consoles, this.paths.hosts, this.paths.locks, this.paths.cache])
      await mkdir(folder, { recursive: true });
    for (const image of images) await this.image(image, { signal, onProgress });
    const [image] = this.#images.values();
    if (image) this.#acceleration = await findAcceleration(this.programs, this.paths, image, signal);
    onProgress('lab: network', 0);
    await network.createSwitch();
    await writeLabCertificates(this.plan, this.paths.pki, new Date(this.clock.now()));
    const hosts: LabHost[] = [];
    for (const plan of this.plan.hosts) {
      signal.throwIfAborted();
      await network.createHost(plan);
      hosts.push(new LabHost(plan, await this.cgroups.create(plan.name), this.plan, this.paths, this.clock));
    }
    let up = 0;
    onProgress('lab: hosts', 0);
    const started = await Promise.allSettled(
      hosts.map(async (host) => {
        await host.up(this.#acceleration.kind === 'kvm', signal);
        onProgress('lab: hosts', ++up / hosts.length);
      }),
    );
    // only once none is starting any more can what they started be taken down
    for (const outcome of started) if (outcome.status === 'rejected') throw outcome.reason;
    this.#hosts = hosts;
    await this.#recordFile.write(this.#record());
  }

  async #takeDown(): Promise<void> {
    try {
      await this.#cleanUp();
    } finally {
      // if something is left, the reaper tries again when this process ends
      if ((await this.cgroups.existing()).length === 0) {
        await this.#reaper?.dismiss();
        await this.lock.release(this.owner.token);
      }
    }
  }

  #cleanUp(): Promise<void> {
    return tearDown({ programs: this.programs, paths: this.paths, cgroups: this.cgroups, clock: this.clock });
  }

  #record(): LabRecord {
    const { plan, cpuLimit } = this;
    return { plan, startedAt: this.#startedAt, acceleration: this.#acceleration.kind, cpuLimit, guests: this.#guests };
  }
}

/** Throws `not-root` for anybody else. */
export function requireRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new AttituneError('not-root', 'The lab makes namespaces, bridges and cgroups: run this as root.');
  }
}
