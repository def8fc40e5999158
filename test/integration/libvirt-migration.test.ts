import { expect } from 'chai';
import type { MigrationProgress } from '../../core/model/hypervisor.js';
import { rejection } from '../contract/hypervisor-context.js';
import { startHypervisorPair } from '../support/libvirt-pair.js';
import type { LibvirtPair } from '../support/libvirt-pair.js';
import { killDaemon, skipWithoutPrivateLibvirt } from '../support/private-libvirt.js';

/** So slow that a guest that dirties its memory never gets over. */
const SLOW = { bandwidthMiBps: 1, maxDowntimeMs: 1 } as const;

describe('migrations of QEMU guests between two libvirt daemons of our own', () => {
  before(function () {
    skipWithoutPrivateLibvirt(this);
  });

  describe('guests that run, and definitions', function () {
    this.timeout(90_000);
    let pair: LibvirtPair;

    before(async () => {
      pair = await startHypervisorPair();
    });
    after(() => pair.stop());

    const places = async (name: string) => {
      const [here, there] = await Promise.all([pair.source.list(), pair.target.list()]);
      const told = (domains: typeof here) => {
        const found = domains.find((domain) => domain.name === name);
        return found && `${found.state}${found.persistent ? ', defined' : ''}`;
      };
      return [told(here), told(there)];
    };
    afterEach(async () => {
      for (const host of [pair.source, pair.target]) {
        for (const { name } of await host.list()) {
          await host.destroy(name).catch(() => undefined);
          await host.undefine(name).catch(() => undefined);
        }
      }
    });

    it('a domain that is defined and runs is defined on the target only', async () => {
      const { source, target, migration } = pair;
      await source.define(pair.idleGuest('defined'));
      await source.start('defined');
      const outcome = await source.migrate('defined', migration);
      expect(outcome).to.include({ mode: 'live' });
      expect(outcome.transferredBytes).to.be.greaterThan(0);
      expect(await places('defined')).to.deep.equal([undefined, 'running, defined']);
      await target.destroy('defined');
      expect(await places('defined')).to.deep.equal([undefined, 'shutoff, defined']);
    });

    it('a domain that is defined and does not run is moved at once', async () => {
      const { source, target, migration } = pair;
      await source.define(pair.idleGuest('cold'));
      const outcome = await source.migrate('cold', migration, { bandwidthMiBps: 5, timeoutMs: 60_000 });
      expect(outcome).to.include({ mode: 'offline', downtimeMs: 0, transferredBytes: 0 });
      expect(await places('cold')).to.deep.equal([undefined, 'shutoff, defined']);
      await target.start('cold');
    });

    it('a definition stays on the source where the target cannot be reached', async () => {
      await pair.source.define(pair.idleGuest('stays'));
      const nowhere = { host: 'nowhere', uri: 'qemu+tcp://127.0.0.1:1/system' };
      const error = await rejection(pair.source.migrate('stays', nowhere), 'migration-failed');
      expect(error.message).to.include('it is defined on host1');
      expect(await places('stays')).to.deep.equal(['shutoff, defined', undefined]);
    });

    it('one that takes too long is aborted, and stays on its source', async () => {
      await pair.source.define(pair.busyGuest('slow'));
      await pair.source.start('slow');
      const attempt = pair.source.migrate('slow', pair.migration, { ...SLOW, timeoutMs: 1500 });
      const error = await rejection(attempt, 'migration-timeout');
      expect(error.message).to.include('within 1.5 s').and.include('it is running on host1');
      expect(await places('slow')).to.deep.equal(['running, defined', undefined]);
    });

    it('a guest that dirties memory faster than the link is slowed down, and told so', async () => {
      await pair.source.create(pair.busyGuest('throttled'));
      const progress: MigrationProgress[] = [];
      const abort = new AbortController();
      const attempt = pair.source.migrate('throttled', pair.migration, {
        ...SLOW,
        bandwidthMiBps: 4,
        signal: abort.signal,
        onProgress: (step) => {
          progress.push(step);
          if ((step.throttle ?? 0) > 0) abort.abort();
        },
      });
      await rejection(attempt, 'migration-aborted');
      const last = progress.at(-1);
      expect(last?.iteration).to.be.greaterThan(1);
      expect(last?.throttle).to.be.within(0.01, 1);
      expect(Math.max(...progress.map(({ dirtyBytesPerSecond = 0 }) => dirtyBytesPerSecond))).to.be.greaterThan(0);
    });

    it('a second migration of the same domain is refused while one is under way', async () => {
      await pair.source.create(pair.busyGuest('twice'));
      const abort = new AbortController();
      let begun: () => void;
      const underWay = new Promise<void>((resolve) => (begun = resolve));
      const options = { ...SLOW, signal: abort.signal, onProgress: () => begun() };
      const first = rejection(pair.source.migrate('twice', pair.migration, options), 'migration-aborted');
      await underWay;
      const second = await pair.connect();
      await rejection(second.migrate('twice', pair.migration), 'domain-state');
      abort.abort();
      await first;
      await second.close();
      expect(await places('twice')).to.deep.equal(['running', undefined]);
    });

    const postCopy = { ...SLOW, autoConverge: false, postCopyAfterMs: 500 } as const;

    it('a guest that does not converge is switched to post-copy, where that is allowed', async () => {
      await pair.source.define(pair.busyGuest('post-copy'));
      await pair.source.start('post-copy');
      const progress: MigrationProgress[] = [];
      const outcome = await pair.source.migrate('post-copy', pair.migration, {
        ...postCopy,
        onProgress: (step) => progress.push(step),
      });
      expect(outcome).to.include({ mode: 'post-copy' });
      expect(progress.at(-1)).to.have.property('postCopy', true);
      expect(await places('post-copy')).to.deep.equal([undefined, 'running, defined']);
    });

    it('a guest whose target dies during post-copy may be lost, and that is said', async () => {
      await pair.source.create(pair.busyGuest('torn'));
      let killed: Promise<void> | undefined;
      const attempt = pair.source.migrate('torn', pair.migration, {
        ...postCopy,
        onProgress: (step) => {
          if (step.postCopy) killed ??= pair.target.destroy('torn').catch(() => undefined);
        },
      });
      const error = await rejection(attempt, 'domain-died');
      await killed;
      expect(error.message).to.include('post-copy').and.include('may be lost');
    });
  });

  describe('a host that is lost while a defined guest migrates', function () {
    this.timeout(60_000);
    let pair: LibvirtPair;

    before(async () => {
      pair = await startHypervisorPair();
    });
    after(() => pair.stop());

    it('it stays defined and running on its source, if that was the target', async () => {
      await pair.source.define(pair.busyGuest('guest'));
      await pair.source.start('guest');
      const kill = () => killDaemon(pair.daemons[1]!);
      const attempt = pair.source.migrate('guest', pair.migration, { ...SLOW, onProgress: kill });
      const error = await rejection(attempt, 'migration-failed');
      expect(error.message).to.include('it is running on host1').and.include('look for a definition of guest there');
      expect(await pair.source.list()).to.have.nested.property('[0].state', 'running');
    });
  });
});
