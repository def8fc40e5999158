import { AttituneError } from '../../core/model/errors.js';
import type { DomainSize } from '../../core/model/hypervisor.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import { readMigrationSettings, withSettings } from '../../core/model/migration-settings.js';
import { parseDurationMs, parseInteger, parseMemoryMiB } from '../../core/model/quantity.js';
import { resizedMemoryMiB, resizedVcpus } from '../../core/model/resize.js';
import type { OperationContext } from '../../core/model/wrapper.js';
import { attribute, operation, wrapper } from '../language/decorators.js';
import { domainState, findDomain, waitUntilGone } from './domain-life.js';
import { guestAnswers } from './guest-answers.js';
import { leasedAddress } from './leased-address.js';
import { sizesOf } from './machine-sizes.js';
import { migrateVm } from './migrate-vm.js';
import { isOn, mayComeTo, mustBeGone, refuseSecond, refuseStranger } from './never-twice.js';
import { resumeMigration } from './resume-migration.js';
import { scaleVm, sizeOf } from './scale-vm.js';

const AGENT_CALL_MS = 5000;

/**
 * A virtual machine as a component, and a host for what is inside it. Its domain has the component's name. Where it is
 * placed in the system representation is where it is started; `migrate` moves both.
 */
@wrapper({ name: 'virtual-machine', description: 'A virtual machine of a hypervisor', isNode: true })
export class VirtualMachine {
  @attribute({ value: '384 MiB', description: 'its memory' }) declare memory: string;
  @attribute({ value: '1', description: 'its virtual CPUs' }) declare vcpus: string;
  @attribute({ value: '', description: 'what its memory may grow to while it runs; by default what it starts with' })
  declare maxMemory: string;
  @attribute({ value: '', description: 'what its virtual CPUs may grow to while it runs' }) declare maxVcpus: string;
  @attribute({ description: 'the guest image it starts from' }) declare image: string;
  @attribute({
    value: '',
    description: 'Debian packages that its image has besides; those of what runs inside come by themselves',
  })
  declare packages: string;
  @attribute({ value: '', description: "the size of its disk; by default, and at least, the image's" })
  declare disk: string;
  @attribute({ value: '', description: 'the size of a swap disk beside it; by default none' }) declare swap: string;
  @attribute({ value: 'false', description: 'true: its disk is a full copy of the image, not an overlay on it' })
  declare copy: string;
  @attribute({ value: '', description: 'why it must stay on its host, such as a device of it; by default it may move' })
  declare locked: string;
  @attribute({
    value: '',
    description: 'names for constraints besides its own and its class, with spaces between them',
  })
  declare groups: string;
  @attribute({ value: '20 s', description: 'how long the guest may take to shut down before its power is cut' })
  declare grace: string;
  @attribute({ value: '150 s', description: 'how long the guest agent may take to answer after power-on' })
  declare bootTimeout: string;
  @attribute({ runtime: true, description: 'where the guest answers' }) declare address: string | undefined;
  @attribute({ runtime: true, description: 'the host it was first started on' }) declare home: string | undefined;
  @attribute({ runtime: true, description: 'the uuid of its domain, by which it is told from others of its name' })
  declare uuid: string | undefined;
  @attribute({ runtime: true, description: 'the hosts on which its domain may be, with spaces between them' })
  declare whereabouts: string | undefined;

  @operation({
    timeout: '5 min',
    idempotent: true,
    description: 'Starts the domain on its host, unless it runs, and waits for the guest agent',
  })
  async start(context: OperationContext): Promise<unknown> {
    const { component, infrastructure } = context;
    const host = hostOf(context);
    mayComeTo(context, host);
    const prepared = await infrastructure.prepareDomain({
      name: component.name,
      image: this.image,
      ...sizesOf(this),
      ...disksOf(this),
      host: host.name,
    });
    const state = await domainState(host, component.name);
    if (state !== undefined) await refuseStranger(context, host);
    if (state === 'paused') await host.hypervisor.resume(component.name);
    if (state === undefined) {
      await refuseSecond(context, host);
      isOn(context, host);
      // known before it is there, where it can be: a crash must not make a stranger of it
      this.uuid = prepared.description.uuid ?? this.uuid;
      const known = this.uuid === undefined ? {} : { uuid: this.uuid };
      const domain = await host.hypervisor.create({ ...prepared.description, ...known });
      this.uuid = domain.uuid;
    }
    this.address = prepared.address || undefined;
    this.home ??= host.name;
    await this.#agentAnswers(context, host);
    const { clock } = infrastructure;
    this.address ??= await leasedAddress(host, component.name, { clock, signal: context.signal });
    return { address: this.address, host: host.name, changed: state !== 'running' };
  }

  @operation({
    timeout: '2 min',
    idempotent: true,
    description: 'Shuts the guest down, and cuts its power if it does not',
  })
  async stop(context: OperationContext): Promise<unknown> {
    const { component, infrastructure, signal, report } = context;
    const host = (await findDomain(component.name, infrastructure.hosts()))?.host;
    // on a host that does not answer it may still run: only an answer tells that it is gone
    if (!host) await mustBeGone(context);
    else await refuseStranger(context, host);
    if (host) {
      const graceMs = parseDurationMs(this.grace);
      const asked = await host.hypervisor.shutdown(component.name).then(
        () => true,
        (error: unknown) => gone(error),
      );
      const forced = !(asked && (await waitUntilGone(host, component.name, graceMs, infrastructure.clock, signal)));
      if (forced) {
        report(`${component.name} did not shut down within ${graceMs} ms, its power is cut`);
        await host.hypervisor.destroy(component.name).catch((error: unknown) => gone(error));
      }
    }
    isOn(context);
    await infrastructure.releaseDomain(component.name);
    this.address = undefined;
    return { changed: host !== undefined };
  }

  @operation({ idempotent: true, description: 'Stops its virtual CPUs; it keeps its memory' })
  async suspend(context: OperationContext): Promise<unknown> {
    const host = hostOf(context);
    if ((await mustRun(context, host)) === 'paused') return { changed: false };
    await host.hypervisor.suspend(context.component.name);
    return { changed: true };
  }

  @operation({ idempotent: true, description: 'Lets a suspended machine go on' })
  async resume(context: OperationContext): Promise<unknown> {
    const host = hostOf(context);
    if ((await mustRun(context, host)) !== 'paused') return { changed: false };
    await host.hypervisor.resume(context.component.name);
    return { changed: true };
  }

  @operation({
    timeout: '12 h',
    idempotent: true,
    description: 'Moves it live to the host of the parameter "to", once it is its turn',
  })
  async migrate(context: OperationContext): Promise<unknown> {
    const { component, infrastructure, system, parameters, signal, report } = context;
    const { to, memory } = parameters;
    if (!to)
      throw new AttituneError('value', `${component.name}.migrate needs the parameter "to", the name of a host.`);
    const unwatched = context.resumed ? await resumeMigration(context, to) : undefined;
    if (unwatched) {
      isOn(context, infrastructure.host(to));
      return unwatched;
    }
    const [source, target] = [hostOf(context), infrastructure.host(to)];
    try {
      const result = await migrateVm({
        domain: component.name,
        from: source,
        to: target,
        hosts: infrastructure.hosts(),
        queue: infrastructure.migrations,
        clock: infrastructure.clock,
        settings: withSettings(system.deployment.migration, readMigrationSettings(parameters)),
        ...(memory === undefined ? {} : { memoryMiB: parseMemoryMiB(memory) }),
        signal,
        report,
        onBegin: () => mayComeTo(context, source, target),
      });
      system.place(component, system.component(to));
      isOn(context, target);
      return result;
    } catch (error) {
      // wherever it is now, there it is administered
      const { host, state } = AttituneError.is(error) ? error.details : {};
      if (typeof host === 'string') system.place(component, system.component(host));
      // one that stands still may be a copy of what runs on a host that does not answer
      if (typeof host === 'string' && state === 'running') isOn(context, infrastructure.host(host));
      throw error;
    }
  }

  @operation({
    timeout: '2 min',
    idempotent: true,
    undo: ['memory', 'vcpus'],
    description: 'Gives it the "memory" and the "vcpus" of the parameters: as such, or as a change such as "+50 %"',
  })
  async scale(context: OperationContext): Promise<unknown> {
    const { component, infrastructure, parameters } = context;
    const { memory, vcpus } = parameters;
    const host = hostOf(context);
    const scaling = scaleVm({
      domain: component.name,
      host,
      // relative to what it has by its attributes, so that a call that is repeated after a crash adds nothing twice
      memory: memory && `${resizedMemoryMiB(memory, parseMemoryMiB(this.memory))} MiB`,
      vcpus: vcpus && String(resizedVcpus(vcpus, parseInteger(this.vcpus))),
      queue: infrastructure.migrations,
    });
    const result = await scaling.catch(async (error: unknown) => {
      const size = await host.hypervisor.describe(component.name).then(sizeOf, () => undefined);
      // what was done of it is known, and can be taken back
      if (size) this.#hasSize(size);
      throw error;
    });
    this.#hasSize(result.size);
    // else it would be what it is started with next, which is its size now
    this.maxMemory ||= `${result.maximum.memoryMiB} MiB`;
    this.maxVcpus ||= String(result.maximum.vcpus);
    return result;
  }

  @operation({
    timeout: '20 s',
    idempotent: true,
    reads: true,
    description: 'Fails unless the domain runs and its guest agent answers',
  })
  async alive(context: OperationContext): Promise<unknown> {
    const { component } = context;
    const host = hostOf(context);
    const state = await domainState(host, component.name);
    if (state !== 'running') {
      throw new AttituneError(
        'domain-state',
        `${component.name} is ${state ?? 'not there'} on ${host.name}. Start or resume it.`,
      );
    }
    await host.hypervisor.guestAgent(component.name, { execute: 'guest-ping' }, AGENT_CALL_MS);
    return { host: host.name };
  }

  #hasSize({ memoryMiB, vcpus }: DomainSize): void {
    if (parseMemoryMiB(this.memory) !== memoryMiB) this.memory = `${memoryMiB} MiB`;
    if (parseInteger(this.vcpus) !== vcpus) this.vcpus = String(vcpus);
  }

  #agentAnswers({ component, infrastructure: { clock }, signal }: OperationContext, host: HostAccess): Promise<void> {
    return guestAnswers(host, component.name, { clock, withinMs: parseDurationMs(this.bootTimeout), signal });
  }
}

function disksOf({ packages, disk, swap, copy }: VirtualMachine) {
  const names = packages.split(/[\s,]+/).filter(Boolean);
  return {
    ...(names.length > 0 ? { packages: names } : {}),
    ...(disk ? { diskMiB: Math.ceil(parseMemoryMiB(disk)) } : {}),
    ...(swap ? { swapMiB: Math.ceil(parseMemoryMiB(swap)) } : {}),
    ...(copy === 'true' ? { copy: true } : {}),
  };
}

function hostOf({ component, system, infrastructure }: OperationContext): HostAccess {
  const host = system.hostOf(component);
  if (!host) throw new AttituneError('unknown-host', `${component.name} is placed on no host. Deploy it first.`);
  return infrastructure.host(host.name);
}

async function mustRun({ component }: OperationContext, host: HostAccess): Promise<string> {
  const state = await domainState(host, component.name);
  if (state === undefined)
    throw new AttituneError('domain-not-found', `${host.name} has no domain ${component.name} that runs.`);
  return state;
}

/** False for a domain that is gone, which is what was wanted, or cannot be asked. Everything else is thrown. */
function gone(error: unknown): boolean {
  if (AttituneError.is(error, 'domain-not-found') || AttituneError.is(error, 'domain-state')) return false;
  throw error;
}
