import { expect } from 'chai';
import { domainAddresses, isReachable } from '../../../wrappers/libvirt/domain-addresses.js';
import { dhcpLeases, hostNetworks } from '../../../wrappers/libvirt/network.js';
import { networkProcedures as networks } from '../../../wrappers/libvirt/rpc/network-procedures.js';
import { remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { answering, on, Refusal } from './answering.js';

const uuid = (digit: string) => `6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e9${digit}`;
const NO_SUPPORT = new Refusal(3, 'no such driver');

describe('what domains of libvirt can be connected to', () => {
  const nets = [
    { name: 'default', uuid: uuid('0') },
    { name: 'off', uuid: uuid('1') },
  ];
  const ifaces = ['eth0', 'br0', 'br1', 'gone'].map((name) => ({ name, mac: '52:54:00:00:00:01' }));
  const ofNetworks = on(networks.connectListAllNetworks, ({ flags }) => ({
    nets: flags === 2 ? nets.slice(0, 1) : nets,
    ret: 0,
  }));
  const ofInterfaces = on(networks.connectListAllInterfaces, ({ flags }) => ({
    ifaces: flags === 2 ? ifaces.slice(0, 2) : ifaces,
    ret: 0,
  }));
  const ofInterface = on(networks.interfaceGetXMLDesc, ({ iface: { name } }) => {
    if (name === 'gone') return new Refusal(57, 'no interface');
    return { xml: `<interface type="${name.startsWith('br') ? 'bridge' : 'ethernet'}" name="${name}"/>` };
  });

  it('are its networks and the bridges of the host, each with whether it is up', async () => {
    const found = await answering([ofNetworks, ofInterfaces, ofInterface], (daemon) => hostNetworks(daemon.connection));
    expect(found).to.deep.equal([
      { kind: 'network', name: 'default', active: true },
      { kind: 'network', name: 'off', active: false },
      { kind: 'bridge', name: 'br0', active: true },
      { kind: 'bridge', name: 'br1', active: false },
    ]);
  });

  it('are those of the drivers that the daemon has', async () => {
    const without = on(networks.connectListAllInterfaces, () => NO_SUPPORT);
    const found = await answering([ofNetworks, without], (daemon) => hostNetworks(daemon.connection));
    expect(found.map(({ name }) => name)).to.deep.equal(['default', 'off']);
    expect(await answering([], (daemon) => hostNetworks(daemon.connection))).to.deep.equal([]);
  });

  it('are an error where a driver fails', async () => {
    const failing = on(networks.connectListAllNetworks, () => new Refusal(1, 'it broke'));
    const outcome = answering([failing, ofInterfaces, ofInterface], (daemon) => hostNetworks(daemon.connection));
    expect(await outcome.catch((error: unknown) => error)).to.have.property('code', 'hypervisor');
  });

  it('give leases, with their end and what is known of the guest', async () => {
    const lease = { iface: 'virbr0', type: 0, iaid: undefined, prefix: 24, clientid: undefined };
    const leases = await answering(
      [
        on(networks.networkLookupByName, ({ name }) => ({ net: { name, uuid: uuid('0') } })),
        on(networks.networkGetDhcpLeases, () => ({
          ret: 2,
          leases: [
            { ...lease, expirytime: 1_700_000_000n, mac: '52:54:00:00:00:01', ipaddr: '10.0.0.2', hostname: 'web' },
            { ...lease, expirytime: 0n, mac: undefined, ipaddr: '10.0.0.3', hostname: undefined },
          ],
        })),
      ],
      (daemon) => dhcpLeases(daemon.connection, 'default'),
    );
    expect(leases).to.deep.equal([
      { address: '10.0.0.2', mac: '52:54:00:00:00:01', hostname: 'web', expiresAt: 1_700_000_000_000 },
      { address: '10.0.0.3', expiresAt: 0 },
    ]);
  });
});

describe('the addresses of a guest of libvirt', () => {
  const LEASE = 0;
  const AGENT = 1;
  const ARP = 2;
  function addresses(known: Readonly<Record<number, readonly string[] | Refusal>>, id = 3) {
    const asked: number[] = [];
    const outcome = answering(
      [
        on(procedures.domainLookupByName, ({ name }) => ({ dom: { name, uuid: uuid('0'), id } })),
        on(procedures.domainInterfaceAddresses, ({ source }) => {
          asked.push(source);
          const told = known[source] ?? [];
          if (told instanceof Refusal) return told;
          const addrs = told.map((addr) => ({ type: addr.includes(':') ? 1 : 0, addr, prefix: 24 }));
          return { ifaces: addrs.map((addr) => ({ name: 'eth0', hwaddr: undefined, addrs: [addr] })) };
        }),
      ],
      (daemon) => domainAddresses(daemon.connection, 'web'),
    );
    return outcome.then((found) => ({ found, asked }));
  }

  it('are told by the first who knows any: leases, the agent, the table of neighbours', async () => {
    expect(await addresses({ [LEASE]: ['10.0.0.2'], [AGENT]: ['10.0.0.3'] })).to.deep.equal({
      found: ['10.0.0.2'],
      asked: [LEASE],
    });
    expect(await addresses({ [LEASE]: new Refusal(3), [AGENT]: ['127.0.0.1', '10.0.0.3', '10.0.0.3'] })).to.deep.equal({
      found: ['10.0.0.3'],
      asked: [LEASE, AGENT],
    });
    expect(await addresses({ [AGENT]: new Refusal(86), [ARP]: ['10.0.0.4'] })).to.deep.equal({
      found: ['10.0.0.4'],
      asked: [LEASE, AGENT, ARP],
    });
    expect((await addresses({ [AGENT]: ['fe80::1'] })).found).to.deep.equal([]);
  });

  it('are none where it does not run, and nobody is asked', async () => {
    expect(await addresses({ [LEASE]: ['10.0.0.2'] }, -1)).to.deep.equal({ found: [], asked: [] });
  });

  it('are those by which others reach it', () => {
    const reachable = ['10.0.0.1', '192.0.2.7', '2001:db8::1', 'fd00::1', '::ffff:10.0.0.1'];
    const others = ['127.0.0.1', '127.9.9.9', '169.254.1.1', '0.0.0.0', '::1', '::', 'fe80::1', 'febf::1', 'x', ''];
    expect(reachable.filter((address) => !isReachable(address))).to.deep.equal([]);
    expect(others.filter(isReachable)).to.deep.equal([]);
  });
});
