import { expect } from 'chai';
import { skipBecause } from '../support/skip.js';
import { actions, eventually, type ContractPart } from './hypervisor-context.js';

/** What is known of a host: its CPUs, its memory, its networks. */
export const hostContract: ContractPart = (getContext) => {
  describe('the host', () => {
    const { settle, create } = actions(getContext);

    it('tells the capabilities of its host', async () => {
      const capabilities = await settle(getContext().source.capabilities());
      expect(capabilities.hostUuid, 'empty where the host has none').to.match(/^([0-9a-f-]{36})?$/);
      expect(capabilities.cpus).to.be.at.least(1);
      expect(capabilities.memoryMiB).to.be.at.least(1);
      expect(capabilities.domainTypes).to.not.have.length(0);
      expect(capabilities.version).to.not.equal('');
      expect(capabilities.architecture).to.not.equal('');
    });

    it('tells the CPU time of its host, which never runs backwards', async () => {
      const first = await settle(getContext().source.nodeCpu());
      await getContext().pause(20);
      const second = await settle(getContext().source.nodeCpu());
      expect(first.cpus).to.be.at.least(1);
      expect(first.busySeconds).to.be.within(0, first.totalSeconds);
      expect(second.totalSeconds).to.be.at.least(first.totalSeconds);
      expect(second.busySeconds).to.be.at.least(first.busySeconds);
    });

    it('tells the memory of its host, and how much of it is free', async () => {
      const { totalMiB, freeMiB } = await settle(getContext().source.nodeMemory());
      expect(totalMiB).to.be.at.least(1);
      expect(freeMiB).to.be.within(0, totalMiB);
    });

    it('tells what domains can be connected to, each once', async () => {
      const networks = await settle(getContext().source.networks());
      for (const { kind, name } of networks) {
        expect(['bridge', 'network']).to.include(kind);
        expect(name).to.not.equal('');
      }
      const names = networks.map(({ kind, name }) => `${kind} ${name}`);
      expect(new Set(names).size).to.equal(names.length);
    });

    it('tells what a domain asks of a CPU in words that it understands itself', async () => {
      await create('contract-cpu');
      const cpu = await settle(getContext().source.cpuOf('contract-cpu'));
      if (cpu !== undefined)
        expect(await settle(getContext().source.compareCpu(cpu))).to.be.oneOf(['identical', 'superset']);
    });

    it('tells the addresses of a guest, none of them loopback or link-local, and none where it does not run', async function () {
      const { source } = getContext();
      const description = getContext().describeConnectedDomain?.('contract-addresses');
      if (!description) {
        skipBecause(this, 'there is no network that gives its guests addresses', 'the simulation and the lab do');
        return;
      }
      await settle(source.define(description));
      expect(await settle(source.addresses(description.name))).to.deep.equal([]);
      await settle(source.start(description.name));
      let addresses: readonly string[] = [];
      await eventually(getContext(), 'an address', async () => {
        addresses = await settle(source.addresses(description.name));
        return addresses.length > 0;
      });
      for (const address of addresses) expect(address).to.not.match(/^(127\.|169\.254\.|fe80:|::1$)/);
    });
  });
};
