import { expect } from 'chai';
import { domainStatistics, listDomains } from '../../../wrappers/libvirt/domain-statistics.js';
import { remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { answering, on, Refusal } from './answering.js';

const [RUNNING, SHUTOFF] = [1, 5];
const dom = (name: string, id: number) => ({ name, uuid: `6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e9${id}`, id });
const [web, off, gone] = [dom('web', 1), { ...dom('off', 9), id: -1 }, dom('gone', 2)];
const none = new Refusal(42, 'no domain');

const numbers = (entries: Readonly<Record<string, number>>) => new Map(Object.entries(entries));
const information = on(procedures.domainGetInfo, ({ dom: { name } }) =>
  name === 'gone'
    ? none
    : { state: RUNNING, maxMem: 1024n * 1024n, memory: 512n * 1024n, nrVirtCpu: 2, cpuTime: 3_000_000_000n },
);
const listing = on(procedures.connectListAllDomains, ({ flags }) => {
  const [active, persistent] = [1, 4];
  const domains = flags === active ? [web, gone] : flags === persistent ? [off] : [web, off, gone];
  return { domains, count: domains.length };
});
const small = { state: 'running', cpuSeconds: 3, vcpus: 2, memoryMiB: 512, maxMemoryMiB: 1024 };

describe('a driver of libvirt that tells nothing of all domains at once, as that of Xen', () => {
  const state = on(procedures.domainGetState, ({ dom: { name } }) =>
    name === 'gone' ? none : { state: name === 'off' ? SHUTOFF : RUNNING, reason: 0 },
  );
  let asked = 0;
  const refusing = on(procedures.connectGetAllDomainStats, () => {
    asked += 1;
    return new Refusal(3, 'not supported');
  });

  it('is asked for each domain that is still there, and only once for all', async () => {
    asked = 0;
    await answering([refusing, listing, state, information], async ({ connection }) => {
      expect(await listDomains(connection)).to.deep.equal([
        { name: 'web', uuid: web.uuid, state: 'running', persistent: false },
        { name: 'off', uuid: off.uuid, state: 'shutoff', persistent: true },
      ]);
      expect(await domainStatistics(connection)).to.deep.equal([{ name: 'web', uuid: web.uuid, ...small }]);
      await listDomains(connection);
    });
    expect(asked).to.equal(1);
  });
});

describe('a driver of libvirt that tells of all domains at once', () => {
  it('is asked once for all, and singly for those of which it does not tell enough', async () => {
    const all = {
      'state.state': 1,
      'cpu.time': 1e9,
      'vcpu.current': 1,
      'balloon.current': 2048,
      'balloon.maximum': 4096,
    };
    const records = [
      { dom: dom('db', 4), params: numbers(all) },
      { dom: web, params: numbers({ 'state.state': 1, 'net.count': 1, 'net.0.rx.bytes': 5, 'net.0.tx.bytes': 6 }) },
      { dom: gone, params: numbers({ 'state.state': 1 }) },
    ];
    const statistics = on(procedures.connectGetAllDomainStats, () => ({ records }));
    const told = await answering([statistics, information], (daemon) => domainStatistics(daemon.connection));
    expect(told).to.deep.equal([
      { name: 'db', uuid: dom('db', 4).uuid, state: 'running', cpuSeconds: 1, vcpus: 1, memoryMiB: 2, maxMemoryMiB: 4 },
      { name: 'web', uuid: web.uuid, ...small, network: { receivedBytes: 5, sentBytes: 6 } },
    ]);
  });
});
