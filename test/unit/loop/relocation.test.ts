import { expect } from 'chai';
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { Journal } from '../../../core/loop/journal.js';
import { relocate, type RelocationParts } from '../../../core/loop/operations/relocation.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import type { Cluster } from '../../../core/placement/cluster.js';
import { parseDeployment } from '../../../diagrams/deployment/read-deployment.js';

/** A VM of 1 GiB on hp1; hp2 has so much memory. */
function world({ constraint = '', memoryMiB = 4096, accepting = true }) {
  const { deployment } = parseDeployment(
    `<deployment xmlns="urn:attitune:deployment:1" name="d">
      <hosts family="f" hypervisor="libvirt"><host name="hp1" uri="qemu:///system"/><host name="hp2" uri="qemu:///system"/></hosts>
      <component class="Machine" wrapper="virtual-machine" hosts="f"><instance name="okvm1" on="hp1"/></component>
      ${constraint}
    </deployment>`,
    'd.deployment.xml',
  );
  const system = new SystemRepresentation(deployment!, () => true);
  instantiate(system);
  system.place(system.component('okvm1'), system.component('hp1'));
  const host = (name: string) => ({ name, cpuCapacity: 1, memoryMiB, accepting });
  const vm = { name: 'okvm1', className: 'Machine', host: 'hp1', vcpus: 1, memoryMiB: 1024, running: true };
  const cluster: Cluster = { at: 0, hosts: [host('hp1'), host('hp2')], vms: [vm] };
  const journal = new Journal(new SimulatedClock(), new MemoryBus());
  const calls: unknown[] = [];
  const parts = {
    ...{ system, journal, cluster: { snapshot: () => cluster } },
    call: (call, { cause, event }) => {
      calls.push({ src: call.src, params: call.params, cause, event: event?.name, of: event?.component });
      return Promise.resolve({ mode: 'live', elapsedMs: 1, downtimeMs: 1 });
    },
  } satisfies Omit<RelocationParts, 'cluster'> & { cluster: unknown } as RelocationParts;
  const { signal } = new AbortController();
  const go = () =>
    relocate(parts, { vm: 'okvm1', to: 'hp2', by: 'hp1', role: 'overloaded', since: 7, why: 'it is too much', signal });
  return { go, calls, journal };
}

const refusal = (go: () => Promise<unknown>) =>
  go().then(
    () => expect.fail('it should be refused'),
    (error: unknown) => error as AttituneError,
  );

describe('a move that a peer decided', () => {
  it('is made by the migrate of the VM, with the decision as its cause', async () => {
    const { go, calls, journal } = world({});
    expect(await go()).to.include({ mode: 'live' });
    const [decision] = journal.entries;
    expect(decision).to.include({ kind: 'decision', subject: 'hp1' });
    expect(decision?.text).to.equal('hp1 gives okvm1 to hp2, because it is too much');
    const cause = decision?.id;
    expect(calls).to.deep.equal([
      { src: 'this.migrate', params: { to: 'hp2' }, cause, event: 'overloaded', of: 'hp1' },
    ]);
  });

  for (const [what, given, why] of [
    ['a hard constraint forbids', { constraint: '<constraint type="ban" of="Machine" on="hp2"/>' }, /constraint ban/],
    ['the host has no room for', { memoryMiB: 512 }, /needs 1024 MiB/],
    ['the host takes no VMs', { accepting: false }, /takes no VMs/],
  ] as const)
    it(`is refused where ${what}, and nothing is done`, async () => {
      const { go, calls, journal } = world(given);
      const error = await refusal(go);
      expect(error.code).to.equal('migration-refused');
      expect(error.message).to.match(why);
      expect([calls, journal.entries]).to.deep.equal([[], []]);
    });
});
