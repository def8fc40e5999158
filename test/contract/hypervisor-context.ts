import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import type { ErrorCode } from '../../core/model/errors.js';
import type { DomainDescription, Hypervisor, MigrationTarget } from '../../core/model/hypervisor.js';

/** What a hypervisor under test can do; the suite skips the rest by name. */
export interface HypervisorFeatures {
  /** There is a target, and domains can be migrated to it live. */
  readonly canMigrate: boolean;
  /** The domains of `describeDomain` run a guest agent that answers `guest-ping`. */
  readonly canAgent: boolean;
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
  /** One more connection to the source's host, which the suite closes. */
  connect(): Promise<Hypervisor>;
  /** Lets time pass until `promise` settles: a simulated clock is driven here; in real time, the promise itself. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** Lets `ms` pass on the hypervisors' clock. */
  pause(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

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
export async function eventually(context: HypervisorContext, what: string, condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 20) {
    if (condition()) return;
    await context.pause(20);
  }
  expect.fail(`waited 20 s in vain for ${what}`);
}
