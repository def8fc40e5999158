import type { CpuComparison, DomainDetails, HostNetwork } from '../../core/model/hypervisor.js';
import type { MigrationTicket } from '../../core/model/migration-queue.js';
import { memoryRoomMiB, type HostMemory } from './memory-room.js';

/**
 * What speaks against a migration (`refusal`), should be known before it (`warning`), or could not be found out
 * (`unknown`): what it is, and what to do.
 */
export interface Reason {
  readonly rule: string;
  readonly severity: 'refusal' | 'warning' | 'unknown';
  readonly text: string;
}

/** A file that a domain needs on the host where it is. */
export interface NeededFile {
  readonly path: string;
  readonly what: 'disk' | 'backing file' | 'kernel' | 'initial file system';
  /** The active storage pool that it is in, by what each host says. */
  readonly source?: { readonly pool: string; readonly type: string };
  readonly target?: { readonly pool: string; readonly type: string; readonly present: boolean };
}

/** A host that was asked, as far as it matters here. What it does not tell is absent. */
export interface HostFacts {
  readonly hostUuid?: string;
  readonly cpus?: number;
  readonly architecture?: string;
  readonly version?: string;
  readonly domainTypes?: readonly string[];
  readonly networks?: readonly HostNetwork[];
}

/** All that is known before a migration; a fact that could not be learnt is absent, and speaks against nothing. */
export interface MigrationFacts {
  readonly domain: string;
  readonly from: string;
  readonly to: string;
  /** The domain on its source; absent: there is none of that name. */
  readonly details?: DomainDetails;
  readonly source: HostFacts;
  /** Absent, with the reason in `unreachable`: it does not answer. */
  readonly target?: HostFacts & {
    readonly memory?: HostMemory;
    /** Domains there of the same name or uuid. */
    readonly namesakes: readonly { readonly name: string; readonly uuid: string; readonly active: boolean }[];
    readonly cpu?: CpuComparison | { readonly unknown: string };
    /** Disks of this domain that a domain which runs there writes to. */
    readonly heldDisks: readonly { readonly path: string; readonly by: string }[];
  };
  readonly unreachable?: string;
  readonly files: readonly NeededFile[];
  /** `kvm`, `qemu` … */
  readonly domainType?: string;
  /** Memory that it will need there; by default what it has. */
  readonly memoryMiB?: number;
  /** What is on its way to the target, or waits for that. */
  readonly arriving: readonly MigrationTicket[];
  /** Another migration of the same domain that is under way, or waits. */
  readonly underWay?: MigrationTicket;
}

const MOVABLE: ReadonlySet<string> = new Set(['running', 'blocked', 'paused', 'pmsuspended']);

type Finding = readonly [severity: Reason['severity'], text: string];
type Rule = (facts: MigrationFacts) => readonly Finding[];

const refuse = (text: string): Finding => ['refusal', text];
const warn = (text: string): Finding => ['warning', text];
const unknown = (text: string): Finding => ['unknown', text];

/** Every rule, in the order in which what it finds is told. */
const RULES: Readonly<Record<string, Rule>> = {
  domain: ({ domain, from, details }) => {
    if (!details) return [refuse(`${from} has no domain ${domain}. Look where it is with "attitune vm list".`)];
    if (MOVABLE.has(details.state) || (details.state === 'shutoff' && details.persistent)) return [];
    return [refuse(`${domain} is ${details.state} on ${from}: wait until it runs, or has stopped.`)];
  },

  'another-job': ({ domain, underWay }) =>
    underWay
      ? [refuse(`${domain} migrates to ${underWay.to} already, or waits to. Wait for its end, or abort it.`)]
      : [],

  target: ({ to, unreachable }) =>
    unreachable === undefined
      ? []
      : [refuse(`${to} does not answer (${unreachable}). Check its daemon and the network.`)],

  'same-host': ({ domain, from, to, source, target }) => {
    if (from === to) return [refuse(`${domain} is on ${to} already: there is nothing to migrate.`)];
    if (!target?.hostUuid || target.hostUuid !== source.hostUuid) return [];
    return [
      refuse(
        `${from} and ${to} are the same machine (its UUID is ${target.hostUuid}). Where they are not, give each a host_uuid of its own in libvirtd.conf.`,
      ),
    ];
  },

  name: ({ domain, to, details, target }) =>
    (target?.namesakes ?? []).map(({ name, uuid, active }) => {
      if (name === domain && uuid === details?.uuid)
        return active
          ? refuse(`${domain} runs on ${to} too. Find out which of them is the right one, and power the other off.`)
          : warn(`${to} has an old definition of ${domain}, which this one replaces.`);
      return name === domain
        ? refuse(`${to} has another domain ${name} (UUID ${uuid}). Rename one of them.`)
        : refuse(`${to} has this domain under the name ${name}. Undefine it there.`);
    }),

  'domain-type': ({ to, domainType, target }) => {
    const types = target?.domainTypes;
    if (domainType === undefined || !types || types.includes(domainType)) return [];
    const known = types.join(', ') || 'nothing';
    return [
      refuse(
        `It is a ${domainType} domain, and ${to} runs ${known}. Enable ${domainType} there, or define it as ${types[0] ?? 'another type'}.`,
      ),
    ];
  },

  architecture: ({ to, source, target }) =>
    source.architecture && target?.architecture && source.architecture !== target.architecture
      ? [refuse(`${to} has ${target.architecture} CPUs, and it needs ${source.architecture}. Choose another host.`)]
      : [],

  cpu: ({ to, target }) => {
    if (target?.cpu === undefined || target.cpu === 'identical' || target.cpu === 'superset') return [];
    if (target.cpu !== 'incompatible') return [unknown(`${to} cannot compare CPUs: ${target.cpu.unknown}`)];
    return [
      refuse(
        `The CPU of ${to} lacks features that it uses. Give it a CPU model that both hosts have, and start it anew, or choose another host.`,
      ),
    ];
  },

  memory: ({ to, details, target, memoryMiB = details?.description.memoryMiB, arriving }) => {
    if (!target?.memory || memoryMiB === undefined) return [];
    const room = memoryRoomMiB(target.memory, arriving);
    if (memoryMiB <= room) return [];
    const others = arriving.length > 0 ? `, with ${arriving.length} other domains on their way to it` : '';
    const text = `It needs ${memoryMiB} MiB, and ${to} has room for ${Math.max(0, room)} MiB${others}. Make room there, or choose another host.`;
    // what does not run needs none until it is started
    return [details?.state === 'shutoff' ? warn(text) : refuse(text)];
  },

  vcpus: ({ to, details, target }) =>
    details && target?.cpus !== undefined && details.description.vcpus > target.cpus
      ? [warn(`It has ${details.description.vcpus} virtual CPUs, and ${to} only ${target.cpus} CPUs: it will be slow.`)]
      : [],

  storage: ({ from, to, files }) => storageOf(files, from, to),

  lock: ({ to, target }) =>
    (target?.heldDisks ?? []).map(({ path, by }) =>
      refuse(`${by} on ${to} writes to its disk ${path}. Two that write to one disk ruin it: stop one of them.`),
    ),

  network: ({ to, details, source, target }) => {
    if (!target?.networks || !details) return [];
    return (details.description.networks ?? []).flatMap(({ bridge, network }) =>
      networkOf(
        bridge === undefined ? 'network' : 'bridge',
        bridge ?? network ?? '',
        to,
        source,
        target.networks ?? [],
      ),
    );
  },

  version: ({ from, to, source, target }) => {
    const [old, younger] = [versionsOf(target?.version), versionsOf(source.version)];
    return [...younger].flatMap(([program, version]) => {
      const there = old.get(program);
      if (there === undefined || compareVersions(there, version) >= 0) return [];
      return [
        warn(
          `${program} is ${version} on ${from} and older on ${to} (${there}): it may refuse the domain. Upgrade ${to}.`,
        ),
      ];
    });
  },
};

/**
 * What speaks against a migration, all of it at once, refusals first. Pure: {@link collectFacts} asks the hosts.
 * None of severity `refusal`: it can be tried.
 */
export function preflight(facts: MigrationFacts): readonly Reason[] {
  const found = Object.entries(RULES).flatMap(([rule, find]) =>
    find(facts).map(([severity, text]): Reason => ({ rule, severity, text })),
  );
  return [...found.filter(isRefusal), ...found.filter((reason) => !isRefusal(reason))];
}

export function isRefusal({ severity }: Reason): boolean {
  return severity === 'refusal';
}

/** One finding for all files that lack the same. */
function storageOf(files: readonly NeededFile[], from: string, to: string): readonly Finding[] {
  const findings = new Map<string, { readonly tell: (files: string) => Finding; readonly files: string[] }>();
  const advice = 'Both hosts need the same storage under the same path, such as a pool of type netfs';
  const note = ({ path, what }: NeededFile, key: string, tell: (files: string) => Finding) => {
    const found = findings.get(key) ?? { tell, files: [] };
    found.files.push(`${what} ${path}`);
    findings.set(key, found);
  };
  for (const file of files) {
    const { source, target } = file;
    if (target?.present) continue;
    if (target)
      note(file, `target ${target.pool}`, (all) =>
        refuse(`The pool ${target.pool} of ${to} lacks its ${all}. ${advice}.`),
      );
    else if (source)
      note(file, `source ${source.pool}`, (all) =>
        refuse(
          `${to} has no active pool where the pool ${source.pool} of ${from} has its ${all}. ${advice}; where ${to} sees that folder already, make it a pool there too.`,
        ),
      );
    else
      note(file, 'unknown', (all) =>
        unknown(`What is in no storage pool cannot be looked for on ${to}: its ${all}. Make sure that it is there.`),
      );
  }
  return [...findings.values()].map(({ tell, files: names }) => tell(names.join(', ')));
}

function networkOf(
  kind: HostNetwork['kind'],
  name: string,
  to: string,
  source: HostFacts,
  there: readonly HostNetwork[],
): readonly Finding[] {
  const found = there.find((network) => network.kind === kind && network.name === name);
  if (found?.active) return [];
  if (found) return [refuse(`The ${kind} ${name} of ${to} is not active. Start it.`)];
  // a hypervisor that does not tell its own either says nothing about the other's
  if (!source.networks?.some((network) => network.kind === kind && network.name === name)) return [];
  return [refuse(`${to} has no ${kind} ${name}, which it is connected to. Make one there.`)];
}

function versionsOf(text: string | undefined): ReadonlyMap<string, string> {
  return new Map(
    [...(text ?? '').matchAll(/([A-Za-z]+) (\d+(?:\.\d+)*)/g)].map(([, name = '', version = '']) => [name, version]),
  );
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
