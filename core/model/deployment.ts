import type { SourcePlace } from './errors.js';
import type { MigrationPolicy } from './migration-settings.js';
import type { PowerCurve, PowerSettings } from './power.js';
import type { Cardinality } from './quantity.js';

export type { Cardinality } from './quantity.js';

/** A deployment diagram: classes and cardinalities, not instances (intensional, as in TUNe). */
export interface DeploymentDiagram {
  readonly name: string;
  /** Absolute path of the file it was read from; relative sources are relative to its folder. */
  readonly file: string;
  /** Every file it was put together from: itself, what it includes, its inventories. Absolute paths. */
  readonly files: readonly string[];
  readonly hostFamilies: readonly HostFamily[];
  readonly classes: readonly ComponentClass[];
  readonly associations: readonly Association[];
  readonly probes: readonly ProbeUse[];
  readonly constraints: readonly Constraint[];
  readonly events: readonly OutsideEvent[];
  readonly diagrams: readonly DiagramUse[];
  readonly policies: readonly PolicyUse[];
  /** Hosts that relieve each other by policies of their own; absent: none does. */
  readonly peers?: PeersUse;
  /** How migrations are done, and how many at a time; absent: with the defaults. */
  readonly migration?: MigrationPolicy;
  /** How far hosts are from each other; absent: all are alike. */
  readonly distances?: Distances;
}

/** A value for a `<variable>` of a deployment: from `--set NAME=VALUE`, without a place, or from a scenario. */
export interface VariableSetting {
  readonly name: string;
  readonly value: string;
  readonly place?: SourcePlace;
}

export interface HostFamily {
  readonly name: string;
  readonly hypervisor: string;
  readonly hosts: readonly HostEntry[];
  readonly place: SourcePlace;
}

export interface HostEntry {
  readonly name: string;
  readonly uri: string;
  /** Its own and those that it has from its family, navigable as `$node.attribute`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** How it is switched off and on; absent: not by us. */
  readonly power?: PowerSettings;
  /** What it draws; absent: not known. */
  readonly curve?: PowerCurve;
  /** Where it stands, for distances. */
  readonly site?: string;
  readonly rack?: string;
  readonly place: SourcePlace;
}

/** Distances of hosts in any one unit. What is nearest to two hosts counts: themselves, their racks, their sites. */
export interface Distances {
  /** Of hosts of one rack, of one site, and of all others. */
  readonly rack: number;
  readonly site: number;
  readonly otherwise: number;
  /** Of two hosts, racks or sites by name, symmetric. */
  readonly between: readonly { readonly names: readonly [string, string]; readonly distance: number }[];
}

export interface ComponentClass {
  readonly name: string;
  readonly wrapper: string;
  /** Host family for a class that runs on hosts; absent for one that runs inside another class. */
  readonly hosts?: string;
  /** The class whose instances this one runs inside, such as a VM's. */
  readonly inside?: string;
  /** Instances at start; absent: one, or, with `inside`, one in each instance of that class. */
  readonly initial?: number;
  /** The first of them, with names of their own; the others are called `CLASS_N`. */
  readonly instances?: readonly InstanceEntry[];
  readonly attributes: Readonly<Record<string, string>>;
  /** Where the name of each attribute stands. */
  readonly attributePlaces?: Readonly<Record<string, SourcePlace>>;
  readonly place: SourcePlace;
}

/** An instance that the deployment names. */
export interface InstanceEntry {
  readonly name: string;
  /** The host where it begins; it may move from there. Absent: where there is room. */
  readonly on?: string;
  readonly place: SourcePlace;
}

export interface Association {
  /** Navigation alias from `from` to `to`, and the name of `from`'s client interface. */
  readonly name: string;
  readonly from: string;
  readonly fromCardinality: Cardinality;
  readonly to: string;
  readonly toCardinality: Cardinality;
  /** Mbit/s that each link carries, as far as is known beforehand. */
  readonly trafficMbps?: number;
  /** A probe of the class `from` that measures, in Mbit/s, what each of its instances carries over its links together. */
  readonly trafficProbe?: string;
  readonly place: SourcePlace;
}

export interface ProbeUse {
  readonly name: string;
  readonly measure: string;
  /** A host family or a component class. */
  readonly of: string;
  readonly everyMs: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly detectors: readonly DetectorUse[];
  readonly place: SourcePlace;
}

export interface DetectorUse {
  readonly type: string;
  /** The event it raises; its component is the one that was measured. */
  readonly raise: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly place: SourcePlace;
}

/**
 * What a placement must keep (`hard`), or keep where that costs little (`soft`). `of` is a class, a component or a group
 * of VMs; of `reserve` and `online` a host or a family of hosts.
 * - `spread`: at most `most` (1) of them on one host; `gather`: all on one host
 * - `pin`: only on the hosts `on`; `ban`: on none of them
 * - `reserve`: `cpu` (a fraction of the host's) and `memoryMiB` are left free on each host
 * - `online`: at least `least` and at most `most` hosts are switched on
 */
export interface Constraint {
  readonly type: 'spread' | 'gather' | 'pin' | 'ban' | 'reserve' | 'online';
  readonly of: string;
  /** Names of hosts with spaces between. */
  readonly on?: string;
  readonly least?: number;
  readonly most?: number;
  readonly cpu?: number;
  readonly memoryMiB?: number;
  readonly strength: 'hard' | 'soft';
  readonly place: SourcePlace;
}

/** Who carries out what a diagram decides: it tells only; it waits for an administrator's yes; it does. */
export const CONTROL_MODES = ['recommend', 'approve', 'automatic'] as const;
export type ControlMode = (typeof CONTROL_MODES)[number];
/** The attribute of a host or component that bounds what may be done to it without asking. */
export const MODE_ATTRIBUTE = 'mode';
/** The attribute of a component with the groups that it is of: words by which constraints can name it. */
export const GROUPS_ATTRIBUTE = 'groups';
/** After this time a question to administrators counts as declined, unless the deployment says otherwise. */
export const APPROVAL_WITHIN_MS = 600_000;

/** An event that comes from outside: from people, from a program's pipe, from another system. */
export interface OutsideEvent {
  readonly name: string;
  /** The component class or host family that it is about; absent: any. */
  readonly of?: string;
  readonly place: SourcePlace;
}

export interface DiagramUse {
  /** Absolute path. */
  readonly file: string;
  readonly role?: 'start' | 'stop';
  /** Events that start a session of it. */
  readonly on: readonly string[];
  /** Who carries out what it decides; absent: it itself. Start and stop diagrams have none. */
  readonly mode?: ControlMode;
  /** How long it waits for an administrator's yes; absent: {@link APPROVAL_WITHIN_MS}. */
  readonly approveWithinMs?: number;
  /** Variables of the diagram that the deployment sets: `<param name="class" value="Tomcat"/>`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly place: SourcePlace;
}

export interface PolicyUse {
  readonly file: string;
  /** One session per component of that class or family; absent: one for the system. */
  readonly for?: string;
  readonly mode: ControlMode;
  /** As of {@link DiagramUse}. */
  readonly approveWithinMs?: number;
  /** As of {@link DiagramUse}. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly place: SourcePlace;
}

/** Hosts as peers: each decides by a policy of its own, and asks others for help. See `core/peers`. */
export interface PeersUse {
  /** How often each looks at itself. */
  readonly everyMs: number;
  /** How it picks what it gives away: by what would become of it, or by chance. */
  readonly choice: 'simulated' | 'random';
  /** Whether two may exchange VMs where a gift alone would help nobody. */
  readonly trading: boolean;
  /** Whether policies shift to what their peer learns of the others. */
  readonly adapting: boolean;
  /** Each host of the families concerned is in exactly one of them. */
  readonly peers: readonly PeerUse[];
  readonly place: SourcePlace;
}

/** The policy of some hosts: a diagram that hears `readings` and rests in the states `idle`, `overloaded`, `underloaded`. */
export interface PeerUse {
  readonly hosts: readonly string[];
  readonly file: string;
  /** Hosts of one word help each other before they ask those of others. */
  readonly cell?: string;
  /** As of {@link DiagramUse}. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly place: SourcePlace;
}
