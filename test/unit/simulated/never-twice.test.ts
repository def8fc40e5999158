import { expect } from 'chai';
import fc from 'fast-check';
import { AttituneError, type ErrorCode } from '../../../core/model/errors.js';
import type { SimulatedFaults } from '../../../wrappers/simulated/index.js';
import { TestWorld } from './world.js';

type Fault = (faults: SimulatedFaults, abort: AbortController) => void;

/** Everything that can happen to a migration; whether it can cost the guest its life before post-copy, and in it. */
const FAULTS: Readonly<
  Record<string, { readonly strike: Fault; readonly kills: 'never' | 'in post-copy' | 'always' }>
> = {
  'source dies': { strike: (faults) => faults.hostDies('host1'), kills: 'always' },
  'target dies': { strike: (faults) => faults.hostDies('host2'), kills: 'in post-copy' },
  'source is cut off': { strike: (faults) => faults.hostUnreachable('host1'), kills: 'in post-copy' },
  'target is cut off': { strike: (faults) => faults.hostUnreachable('host2'), kills: 'in post-copy' },
  "source's daemon dies": { strike: (faults) => faults.daemonDies('host1'), kills: 'never' },
  "target's daemon dies": { strike: (faults) => faults.daemonDies('host2'), kills: 'never' },
  'link breaks': { strike: (faults) => faults.linkBreaks('host1', 'host2'), kills: 'in post-copy' },
  'migrations stall': { strike: (faults) => faults.migrationsStall(), kills: 'never' },
  abort: { strike: (_, abort) => abort.abort(), kills: 'never' },
  'domain dies': { strike: (faults) => faults.domainDies('vm'), kills: 'always' },
};

const EXPECTED: readonly ErrorCode[] = [
  'migration-failed',
  'migration-aborted',
  'migration-timeout',
  'domain-died',
  'host-unreachable',
];

describe('a domain of the simulation, whatever happens while it migrates', () => {
  it('never runs twice, and is lost only by what must cost it its life', async () => {
    const drawn = fc.record({
      fault: fc.constantFrom(...Object.keys(FAULTS)),
      atMs: fc.integer({ min: 0, max: 12_000 }),
      persistent: fc.boolean(),
      postCopy: fc.boolean(),
      timeout: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ fault, atMs, persistent, postCopy, timeout }) => {
        const world = new TestWorld();
        const { faults } = world.infrastructure;
        const hypervisors = ['host1', 'host2'].map((name) => world.infrastructure.host(name).hypervisor);
        await world.boot('vm');
        const [source] = hypervisors;
        if (persistent) await world.settle(source!.define((await world.settle(source!.describe('vm'))).description));

        const running = async () => {
          const lists = await Promise.all(hypervisors.map((one) => one.list().catch(() => [])));
          return lists.flat().filter(({ name, state }) => name === 'vm' && state === 'running').length;
        };
        const abort = new AbortController();
        const seen = { postCopy: false };
        await world.settle(
          hypervisors[1]!.onDomainEvent(({ detail }) => {
            seen.postCopy ||= detail === 'postcopy';
          }),
        );
        const attempt = world
          .migrate('vm', 'host1', 'host2', {
            signal: abort.signal,
            bandwidthMiBps: 60,
            maxDowntimeMs: 70,
            ...(timeout && { timeoutMs: 9000 }),
            ...(postCopy && { postCopyAfterMs: 3000 }),
          })
          .then(
            () => 'moved',
            (error: unknown) => (AttituneError.is(error) ? error.code : String(error)),
          );
        let struck = false;
        for (let now = 0; now < 14_000; now += 250) {
          if (!struck && now >= atMs) {
            struck = true;
            FAULTS[fault]!.strike(faults, abort);
          }
          expect(await world.settle(running()), 'hosts on which it runs').to.be.at.most(1);
          await world.clock.advance(250);
        }
        faults.migrationsStall(false);
        expect(await world.settle(attempt)).to.be.oneOf(['moved', ...EXPECTED]);
        // a migration whose caller was cut off may go on
        await world.clock.advance(60_000);
        faults.linkHeals('host1', 'host2');
        for (const name of ['host1', 'host2']) {
          faults.daemonRestarts(name);
          faults.hostRecovers(name);
        }
        const here = (await Promise.all(hypervisors.map((one) => world.settle(one.list())))).flat();
        const runs = here.filter(({ state }) => state === 'running').length;
        expect(runs).to.be.at.most(1);
        expect(here.length, 'nothing is left of a migration, and a definition is on one host').to.be.at.most(1);
        if (persistent) expect(here).to.have.length(1);
        const { kills } = FAULTS[fault]!;
        const mayDie =
          kills === 'always' || (kills === 'in post-copy' && (seen.postCopy || (await attempt) === 'moved'));
        if (!mayDie) expect(runs).to.equal(1);
      }),
      { numRuns: 150 },
    );
  });
});
