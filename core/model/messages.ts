import type { CommandResult, FileContent } from './executor.js';
import type { DomainState } from './domain.js';
import type { ControlCommand, ControlStatus, Explanation, JournalPart, JournalQuery } from './control-commands.js';
import type { ManagerStatus } from './manager-status.js';
import type { HelpAcceptance, HelpCandidate, PeerNews, PeerVm, TradePart, TradeWay } from './peer.js';

/**
 * What agents, peers and managers tell and ask each other. Topics are told ({@link AgentTopics}, a part of `Topics`),
 * questions are asked and answered. `core/bus/schemas.ts` holds the form of each; nothing is believed that does not have it.
 */
export interface AgentTopics {
  /** An agent lives: at its interval, and at once after a change of it. */
  readonly 'agent.heartbeat': Heartbeat;
  /** `REQUEST_HELP` of seed 001: to one peer each, so that the number of messages does not grow with the system. */
  readonly 'help.request': HelpRequest;
  /** `OFFER_HELP`: memory is reserved for it until `untilMs` has passed. */
  readonly 'help.offer': HelpOffer;
  /** The offer is not needed (any more): what was reserved for it is free at once. */
  readonly 'help.release': HelpRelease;
  /** An accepted VM has come, or will not. */
  readonly 'help.done': HelpDone;
  /** An exchange among peers is over: what was reserved for it is free. */
  readonly 'trade.end': TradeEnd;
}

export interface Questions {
  /** Changes how an agent works; fields that are absent stay. */
  readonly 'agent.control': {
    readonly asks: { readonly everyMs?: number; readonly accepting?: boolean };
    readonly answers: { readonly everyMs: number; readonly accepting: boolean };
  };
  readonly 'agent.describe': { readonly asks: Nothing; readonly answers: AgentDescription };
  /** The probes that this asker wants to have run; they replace those that it asked for before. Idempotent. */
  readonly 'agent.probes': {
    readonly asks: { readonly probes: readonly ProbeAssignment[] };
    readonly answers: { readonly running: number };
  };
  /** One call of `Executor` on the agent's machine. */
  readonly 'agent.execute': { readonly asks: ExecutorCall; readonly answers: ExecutorAnswer };
  /** Commands that are run in their order, one after the other; it ends with the first that fails. */
  readonly 'agent.commands': {
    readonly asks: { readonly commands: readonly RemoteCommand[] };
    readonly answers: { readonly results: readonly CommandResult[] };
  };
  /** The values of properties (seed 004), all of them where no names are given. */
  readonly 'agent.properties': {
    readonly asks: { readonly names?: readonly string[] };
    readonly answers: { readonly values: Readonly<Record<string, PropertyValue>> };
  };
  /** An event from outside, for the manager: TUNe's `event;component;arg`. */
  readonly 'manager.emit': {
    readonly asks: {
      readonly event: string;
      readonly component: string;
      readonly arg?: string;
      readonly source: string;
    };
    readonly answers: { readonly id: number };
  };
  /** A command of an administrator: to hold and resume, to answer questions, to set modes. */
  readonly 'manager.control': { readonly asks: ControlCommand; readonly answers: { readonly text: string } };
  /** What is held, and which questions wait for administrators. */
  readonly 'manager.pending': { readonly asks: Nothing; readonly answers: ControlStatus };
  /** Why something was done: `about` is the number of an entry of the journal, `last`, or a name. */
  readonly 'manager.why': { readonly asks: { readonly about: string }; readonly answers: Explanation };
  readonly 'manager.journal': { readonly asks: JournalQuery; readonly answers: JournalPart };
  /** How a manager, its system and the agents that it hears are. */
  readonly 'manager.status': { readonly asks: Nothing; readonly answers: ManagerStatus };
  /**
   * The cluster as the manager's planner sees it, as a JSON document (`core/placement/document`). What does not fit into one
   * message goes on: `rest` asks for what follows the first `from` UTF-16 units of a snapshot that was begun.
   */
  readonly 'manager.cluster': {
    readonly asks: { readonly rest?: { readonly snapshot: number; readonly from: number } };
    readonly answers: { readonly snapshot: number; readonly text: string; readonly more?: number };
  };
  /** `ACCEPT_HELP`; asked again where no answer came, it is answered the same. */
  readonly 'help.accept': {
    readonly asks: HelpAcceptance;
    readonly answers: { readonly confirmed: boolean; readonly why?: string };
  };
  /** Where a VM of a negotiation is, as the other side of it sees: asked in doubt, before anything is done with it. */
  readonly 'help.where': {
    readonly asks: { readonly negotiation: string; readonly vm: string };
    /** `here`: it is on the answering host; `moving`: its migration away from it or to it goes on, or may still begin. */
    readonly answers: { readonly here: boolean; readonly moving: boolean };
  };
  /** Peers tell each other whom they know, and how those are (peer sampling). */
  readonly 'peers.exchange': {
    readonly asks: { readonly news: readonly PeerNews[] };
    readonly answers: { readonly news: readonly PeerNews[] };
  };
  /** Which of these VMs a peer would take, and which of its own it would want to be rid of in return; it promises nothing yet. */
  readonly 'trade.survey': {
    readonly asks: { readonly vms: readonly PeerVm[] };
    readonly answers: { readonly ways: readonly TradeWay[] };
  };
  /** A part in an exchange: kept, with its memory, until its time or `trade.end`. Asked again it is answered the same. */
  readonly 'trade.reserve': {
    readonly asks: TradePart;
    /** `freeMiB`: memory that it can fill, without this part's. */
    readonly answers: { readonly reserved: boolean; readonly why?: string; readonly freeMiB: number };
  };
  /** The turn of a peer to give its VM away. Asked again while it moves, and afterwards, it is answered how far that is. */
  readonly 'trade.move': {
    readonly asks: { readonly trade: string; readonly vm: string; readonly to: string };
    readonly answers: { readonly state: 'moving' | 'moved' | 'failed'; readonly why?: string };
  };
}

export type Question = keyof Questions;
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a question without a body
export type Nothing = {};

/** What an agent says of its machine, again and again. Absent parts could not be read. */
export interface Heartbeat {
  readonly agent: string;
  /** Counts the heartbeats of this life of the agent, from 1. */
  readonly sequence: number;
  /** The next one comes after this time at the latest. */
  readonly everyMs: number;
  /** Whether it takes in VMs of others. */
  readonly accepting: boolean;
  readonly server?: ServerSummary;
  /** Load of each core in [0, 1], in the kernel's order. */
  readonly cores?: readonly number[];
  /** Of a host with a hypervisor. */
  readonly vms?: readonly VmSummary[];
  /** Probes that run here and what could not be measured last, by probe. */
  readonly probes: number;
  readonly troubles: Readonly<Record<string, string>>;
}

export interface ServerSummary {
  /** Load averages over 1, 5 and 15 minutes. */
  readonly load: readonly [number, number, number];
  /** CPU in use in [0, 1] over all cores. */
  readonly cpu: number;
  readonly memoryTotalMiB: number;
  readonly memoryFreeMiB: number;
}

export interface VmSummary {
  readonly name: string;
  readonly state: DomainState;
  readonly memoryMiB: number;
  readonly vcpus: number;
  /** CPUs that it used since the heartbeat before; absent in the first one. */
  readonly cpus?: number;
}

export interface AgentDescription {
  readonly name: string;
  readonly version: string;
  /** `host`, or `vm` where it runs inside a virtual machine. */
  readonly kind: 'host' | 'vm';
  readonly machine: string;
  readonly startedAt: number;
  /** URI of its hypervisor, where it has one, as reached from itself. */
  readonly hypervisor?: string;
  /** Measures that it can be asked to probe. */
  readonly measures: readonly string[];
}

/** A probe that an agent runs for whoever asked, about one component. Its readings are published as `reading`. */
export interface ProbeAssignment {
  readonly probe: string;
  readonly measure: string;
  readonly component: string;
  /** The domain that it is about; absent: the machine, or software on it. */
  readonly domain?: string;
  readonly everyMs: number;
  readonly parameters: Readonly<Record<string, string>>;
  /** Attributes of the component that the measure may ask for, such as the process id. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface RemoteCommand {
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/**
 * A method of `Executor` with what it takes. `key` names the call: one that is repeated after a lost answer is not done
 * twice. `life`: the incarnation of the agent that it is meant for, since a later one remembers nothing. What is too long
 * for one message goes in parts, beforehand (`part`) or afterwards (`rest`).
 */
export type ExecutorCall = { readonly key: string; readonly life?: string } & (
  | { readonly method: 'run'; readonly command: RemoteCommand }
  | { readonly method: 'start'; readonly command: RemoteCommand; readonly logFile?: string }
  | { readonly method: 'signal'; readonly pid: number; readonly name: string }
  | { readonly method: 'isRunning'; readonly pid: number }
  /** `parts`: so many of this key came before, and `content` is what follows them. */
  | {
      readonly method: 'put';
      readonly path: string;
      readonly content: string;
      readonly mode?: number;
      readonly parts?: number;
    }
  /** Keeps a part of the `put` of that key; `index` counts from 0. */
  | { readonly method: 'part'; readonly of: string; readonly index: number; readonly content: string }
  | { readonly method: 'get'; readonly path: string }
  /** More of the text of the `get` of that key: from this UTF-16 unit on. */
  | { readonly method: 'rest'; readonly of: string; readonly from: number }
  | { readonly method: 'ensure'; readonly files: readonly FileContent[] }
  /** Ends the `run` of that key. */
  | { readonly method: 'cancel'; readonly of: string }
);

/** What the method resolved with: `result` of `run`, `pid`, `answer` of `signal` and `isRunning`, `content` (absent: no such file), `paths` of `ensure`. */
export interface ExecutorAnswer {
  readonly result?: CommandResult;
  readonly pid?: number;
  readonly answer?: boolean;
  readonly content?: string;
  readonly paths?: readonly string[];
  /** The text goes on after `content`, from this UTF-16 unit on: ask for the `rest`. */
  readonly more?: number;
  /** It is not over yet: ask again with the same key. */
  readonly pending?: boolean;
}

export type PropertyValue = number | string | boolean | { readonly failure: string };

export interface HelpRequest {
  /** Names the negotiation, on the whole bus. */
  readonly negotiation: string;
  /** What the asker would give away, what it would like best first. */
  readonly candidates: readonly HelpCandidate[];
  /** How long the asker waits for offers. */
  readonly withinMs: number;
  /** The cell that the asker is in. */
  readonly cell?: string;
}

export interface HelpOffer {
  readonly negotiation: string;
  readonly offer: string;
  /** Which of the candidates it takes. */
  readonly vm: string;
  /** How long its memory stays reserved without an acceptance. */
  readonly untilMs: number;
}

export interface HelpRelease {
  readonly negotiation: string;
  readonly offer: string;
}

export interface HelpDone extends HelpRelease {
  readonly vm: string;
  readonly outcome: 'moved' | 'failed';
  readonly why?: string;
}

export interface TradeEnd {
  readonly trade: string;
  readonly outcome: 'done' | 'aborted';
  readonly why?: string;
}
