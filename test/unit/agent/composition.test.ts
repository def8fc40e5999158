import { hostname } from 'node:os';
import { expect } from 'chai';
import { agentName, hypervisorUri } from '../../../core/app/agent/agent-options.js';
import { LocalMachineReader } from '../../../core/app/agent/local-machine-reader.js';
import { waitForBus } from '../../../core/app/agent/open-bus.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError, type ErrorCode } from '../../../core/model/errors.js';
import type { MemberBus } from '../../../core/model/member-bus.js';
import type { LocalMachine } from '../../../probes/sources/local-machine.js';
import { failure } from './world.js';

describe('an agent at its start', () => {
  it('has the name that it is told, that of its VM, or of its machine', () => {
    expect(agentName({ name: 'a', inside: 'b' })).to.equal('a');
    expect(agentName({ inside: 'okvm1' })).to.equal('okvm1');
    expect(agentName({})).to.equal(hostname().replace(/\..*/, ''));
    for (const name of ['a b', '', '-x', 'x'.repeat(64)])
      expect(() => agentName({ name })).to.throw(AttituneError, /cannot be the name of an agent/);
  });

  it('takes the local libvirt where that listens, unless it is told another one or none', () => {
    const listens = (socket: string) => socket === '/run/libvirt/virtqemud-sock';
    expect(hypervisorUri({ hypervisor: true }, listens)).to.equal('qemu:///system');
    expect(hypervisorUri({ hypervisor: true }, () => false)).to.equal(undefined);
    expect(hypervisorUri({ hypervisor: false }, listens)).to.equal(undefined);
    expect(hypervisorUri({ hypervisor: true, inside: 'okvm1' }, listens)).to.equal(undefined);
    expect(hypervisorUri({ hypervisor: true, connect: 'test:///default' }, () => false)).to.equal('test:///default');
    expect(() => hypervisorUri({ hypervisor: false, connect: 'test:///default' })).to.throw(/contradict/);
  });

  describe('waits for its bus', () => {
    const bus = {} as MemberBus;

    /** Opens after so many failures of that code. */
    function opening(code: ErrorCode, failures: number) {
      const clock = new SimulatedClock();
      const said: string[] = [];
      const stop = new AbortController();
      let attempts = 0;
      const open = () =>
        ++attempts > failures ? Promise.resolve(bus) : Promise.reject(new AttituneError(code, `No ${code}.`));
      const waited = waitForBus(open, clock, (text) => said.push(text), stop.signal);
      return { clock, said, stop, waited, attempts: () => attempts };
    }

    it('as long as it takes, and says so once', async () => {
      const { clock, said, waited } = opening('bus', 500);
      expect(await clock.runUntil(waited)).to.equal(bus);
      expect(clock.now()).to.be.greaterThan(30 * 60_000);
      expect(said).to.deep.equal(['No bus. Waiting for it.']);
    });

    it('and for its name, which a former life of it may still have, for a minute', async () => {
      const soon = opening('name-taken', 5);
      expect(await soon.clock.runUntil(soon.waited)).to.equal(bus);
      const never = opening('name-taken', 500);
      expect((await never.clock.runUntil(failure(never.waited))).code).to.equal('name-taken');
      expect(never.clock.now()).to.be.within(60_000, 70_000);
    });

    it('but not where waiting cannot help, or when it is stopped', async () => {
      const wrong = opening('certificate', 1);
      expect((await failure(wrong.waited)).code).to.equal('certificate');
      expect(wrong.said).to.deep.equal([]);
      const stopped = opening('bus', 500);
      await stopped.clock.advance(10_000);
      stopped.stop.abort(new Error('enough'));
      expect((await failure(stopped.waited)).message).to.equal('enough');
      const attempts = stopped.attempts();
      await stopped.clock.advance(60_000);
      expect(stopped.attempts()).to.equal(attempts);
    });
  });

  describe('reads its machine', () => {
    function machine() {
      const clock = new SimulatedClock(1000);
      const counter = (source: string, busyShare: number, capacity = 1) => ({
        source,
        at: clock.now(),
        busySeconds: (clock.now() / 1000) * busyShare * capacity,
        totalSeconds: (clock.now() / 1000) * capacity,
        capacity,
      });
      let cores = [0.5, 0.1];
      const local: LocalMachine = {
        cpu: () => Promise.resolve(counter('this machine', 0.3, 2)),
        cores: () => Promise.resolve(cores.map((share, index) => counter(`core ${index} of ${cores.length}`, share))),
        memory: () => Promise.resolve({ totalMiB: 1000, availableMiB: 400 }),
        readFile: () => Promise.resolve(''),
      };
      const setCores = (shares: number[]) => (cores = shares);
      return { clock, local, setCores, reader: new LocalMachineReader(local, clock) };
    }

    it('with rates from the first reading on', async () => {
      const { clock, reader, setCores } = machine();
      await clock.runUntil(reader.prepare());
      const server = await reader.server();
      expect(server.cpu).to.be.closeTo(0.3, 1e-9);
      expect(server).to.include({ memoryTotalMiB: 1000, memoryFreeMiB: 400 });
      expect(server.load).to.have.length(3);
      const [first, second] = await reader.cores();
      expect(first).to.be.closeTo(0.5, 1e-9);
      expect(second).to.be.closeTo(0.1, 1e-9);
      // a machine that got a core has nothing to compare with for a moment
      setCores([0.5, 0.1, 0.2]);
      await clock.advance(1000);
      expect(await reader.cores()).to.deep.equal([0, 0, 0]);
      await clock.advance(1000);
      expect((await reader.cores())[2]).to.be.closeTo(0.2, 1e-9);
    });

    it('and is not held up by one that cannot be read', async () => {
      const { clock, local } = machine();
      const reader = new LocalMachineReader({ ...local, cpu: () => new Promise(() => undefined) }, clock);
      await clock.runUntil(reader.prepare());
      expect(clock.now()).to.equal(4000);
    });
  });
});
