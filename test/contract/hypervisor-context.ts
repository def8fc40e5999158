import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import type { ErrorCode } from '../../core/model/errors.js';
import type { Domain, DomainDescription, Hypervisor, MigrationTarget } from '../../core/model/hypervisor.js';

/** What a hypervisor under test can do; the suite skips the rest by name. */
export interface HypervisorFeatures {
  /** There is a target, and domains can be migrated to it live. */
  readonly canMigrate: boolean;
  /** A busy domain can be switched to post-copy. */
  readonly canPostCopy?: boolean;
  /** There are guests with an operating system, whose agent answers `guest-ping`: those of `describeGuest`. */
  readonly canAgent: boolean;
  /** The guests of `describeDomain` shut down when they are asked to. */
  readonly canObey?: boolean;
  /** What a running domain is scaled to is what its statistics tell soon after. */
  readonly canScaleLive?: boolean;
  /** A disk that a running domain writes to is refused to any other, on both hosts. */
  readonly canLock?: boolean;
}

/** Two hypervisors, empty of domains that the suite did not make itself. */
export interface HypervisorContext {
  readonly features: HypervisorFeatures;
  readonly source: Hypervisor;
  /** The other host, and how the source reaches it. Needed where `canMigrate`. */
  readonly target?: { readonly hypervisor: Hypervisor; readonly migration: MigrationTarget };
  /** The description of a small domain that these hypervisors can create. */
  describeDomain(name: string): DomainDescription;
  /**
   * The description of a domain that dirties its memory faster than 1 MiB/s, so that a migration with
   * `bandwidthMiBps: 1` does not end by itself. Needed where `canMigrate`.
   */
  describeBusyDomain?(name: string): DomainDescription;
  /** The description of a guest with an operating system and an agent; absent: all of `describeDomain` are. */
  describeGuest?(name: string): DomainDescription;
  /** The description of a domain with a card on a network that is there; absent: there is none. */
  describeConnectedDomain?(name: string): DomainDescription;
  /** A folder of the source's host in which the suite may make a storage pool; absent: it has no storage. */
  readonly storageFolder?: string;
  /** One more connection to the source's host, which the suite closes. */
  connect(): Promise<Hypervisor>;
  /** Lets time pass until `promise` settles: a simulated clock is driven here; in real time, the promise itself. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** Lets `ms` pass on the hypervisors' clock. */
  pause(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

/** A part of the contract; the context is there once its tests run. */
export type ContractPart = (getContext: () => HypervisorContext) => void;

/** Resolves with the error of `promise`; fails if there is none, or if its code is not `code`. */
export async function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<AttituneError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error, `expected a rejection with ${code}`).to.be.instanceOf(AttituneError);
  expect((error as AttituneError).code, String(error)).to.equal(code);
  expect((error as AttituneError).message).to.not.equal('');
  return error as AttituneError;
}

/** Lets time pass until `condition` holds; fails after 20 s of the hypervisors' time. */
export async function eventually(
  context: HypervisorContext,
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 20) {
    if (await condition()) return;
    await context.pause(20);
  }
  expect.fail(`waited 20 s in vain for ${what}`);
}

/** What the suite does with a context, without saying each time how its time passes. */
export function actions(getContext: () => HypervisorContext) {
  const settle = <T>(promise: Promise<T>): Promise<T> => getContext().settle(promise);
  const find = async (name: string, hypervisor: Hypervisor = getContext().source): Promise<Domain | undefined> => {
    const found = (await settle(hypervisor.list())).filter((one) => one.name === name);
    expect(found.length, `${name} is listed once at most on ${hypervisor.host}`).to.be.at.most(1);
    return found[0];
  };
  return {
    settle,
    find,
    stateOf: async (name: string, hypervisor?: Hypervisor) => (await find(name, hypervisor))?.state,
    create: (name: string) => settle(getContext().source.create(getContext().describeDomain(name))),
    define: (name: string) => settle(getContext().source.define(getContext().describeDomain(name))),
  };
}
