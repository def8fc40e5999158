import { expect } from 'chai';
import type { Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { DomainSize } from '../../../core/model/hypervisor.js';
import { scaleDomain } from '../../../wrappers/libvirt/domain-scaling.js';
import { remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { answering, on, Refusal } from './answering.js';

const LIVE = 1;
const GUEST = 8;
const INACTIVE = 2;
const UNRESPONSIVE = new Refusal(86, 'guest agent is not connected');

/** A clock on which no time passes while one waits. */
const hasty: Clock = { now: () => 0, setTimeout: (callback) => setImmediate(callback), clearTimeout: () => undefined };

interface Place extends DomainSize {
  readonly maxVcpus: number;
  readonly maxMemoryMiB: number;
  readonly type?: string;
}

const document = ({ vcpus, maxVcpus, memoryMiB, maxMemoryMiB, type = 'kvm' }: Place) =>
  `<domain type="${type}"><name>web</name><memory unit="MiB">${maxMemoryMiB}</memory>` +
  `<currentMemory unit="MiB">${memoryMiB}</currentMemory><vcpu current="${vcpus}">${maxVcpus}</vcpu></domain>`;

/** A domain that runs, is defined, or both; `refuse` says which of the calls it is told of are refused. */
function scale(
  places: { readonly live?: Place; readonly config?: Place },
  wanted: Partial<DomainSize>,
  refuse: (call: string) => Refusal | undefined = (call) => (call.includes('guest') ? UNRESPONSIVE : undefined),
) {
  const told: string[] = [];
  const dom = { name: 'web', uuid: '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90', id: places.live ? 3 : -1 };
  const where = (flags: number) => `${flags & LIVE ? 'live' : 'config'}${flags & GUEST ? ' guest' : ''}`;
  const tell = (call: string) => {
    told.push(call);
    return refuse(call);
  };
  const outcome = answering(
    [
      on(procedures.domainLookupByName, () => ({ dom })),
      on(procedures.domainIsPersistent, () => ({ persistent: places.config ? 1 : 0 })),
      on(procedures.domainGetXMLDesc, ({ flags }) => {
        const place = flags === INACTIVE ? places.config : places.live;
        return place ? { xml: document(place) } : new Refusal(55);
      }),
      on(procedures.domainSetMemoryFlags, ({ memory, flags }) => tell(`${where(flags)} ${memory / 1024n} MiB`)),
      on(procedures.domainSetVcpusFlags, ({ nvcpus, flags }) => tell(`${where(flags)} ${nvcpus} vcpus`)),
    ],
    (daemon) => scaleDomain(daemon.connection, hasty, 'web', wanted),
  );
  return { told, outcome };
}

async function code(outcome: Promise<unknown>): Promise<AttituneError> {
  const error = await outcome.then(
    () => expect.fail('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AttituneError)) throw error;
  return error;
}

const small: Place = { vcpus: 2, maxVcpus: 4, memoryMiB: 512, maxMemoryMiB: 1024 };

describe('scaling a domain of libvirt', () => {
  it('changes the definition of one that does not run', async () => {
    const { told, outcome } = scale({ config: small }, { vcpus: 3, memoryMiB: 768 });
    expect(await outcome).to.deep.equal({ vcpus: 3, memoryMiB: 768 });
    expect(told).to.deep.equal(['config 768 MiB', 'config 3 vcpus']);
  });

  it('changes the running machine and the definition', async () => {
    const { told, outcome } = scale({ live: small, config: small }, { vcpus: 4 });
    expect(await outcome).to.deep.equal({ vcpus: 4, memoryMiB: 512 });
    expect(told).to.deep.equal(['live 4 vcpus', 'live guest 4 vcpus', 'config 4 vcpus']);
  });

  it('asks the agent to use CPUs again that it once stopped using', async () => {
    const { told, outcome } = scale({ live: small }, { vcpus: 2 }, () => undefined);
    expect(await outcome).to.deep.equal({ vcpus: 2, memoryMiB: 512 });
    expect(told).to.deep.equal(['live guest 2 vcpus']);
  });

  it('waits until the guest has noticed new CPUs, but not for ever', async () => {
    let left = 3;
    const late = (call: string) =>
      call.includes('guest') && left-- > 0 ? new Refusal(1, 'guest agent reports less cpu than requested') : undefined;
    const { told, outcome } = scale({ live: small }, { vcpus: 3 }, late);
    await outcome;
    expect(told).to.deep.equal(['live 3 vcpus', ...Array<string>(4).fill('live guest 3 vcpus')]);
    left = Infinity;
    expect(await scale({ live: small }, { vcpus: 3 }, late).outcome).to.include({ vcpus: 3 });
  });

  it('lets the agent stop using CPUs that cannot be unplugged', async () => {
    const plugged = (call: string) => (call === 'live 1 vcpus' ? new Refusal(9, 'not hotpluggable') : undefined);
    const { told, outcome } = scale({ live: small, config: small }, { vcpus: 1 }, plugged);
    expect(await outcome).to.deep.equal({ vcpus: 1, memoryMiB: 512 });
    expect(told).to.deep.equal(['live 1 vcpus', 'live guest 1 vcpus', 'config 1 vcpus']);
  });

  it('never unplugs emulated CPUs', async () => {
    const live = { ...small, type: 'qemu' };
    const { told, outcome } = scale({ live, config: live }, { vcpus: 1 }, () => undefined);
    expect(await outcome).to.deep.equal({ vcpus: 1, memoryMiB: 512 });
    expect(told).to.deep.equal(['live guest 1 vcpus', 'config 1 vcpus']);
    const error = await code(scale({ live }, { vcpus: 1 }).outcome);
    expect(error).to.have.property('code', 'domain-state');
    expect(error.message).to.include('emulated').and.include('not connected');
  });

  it('gives memory back that it took before, where CPUs cannot be taken off', async () => {
    const refuse = (call: string) =>
      call.startsWith('live') && call.endsWith('1 vcpus') ? new Refusal(9, 'not hotpluggable') : undefined;
    const { told, outcome } = scale({ live: small, config: small }, { vcpus: 1, memoryMiB: 256 }, refuse);
    const error = await code(outcome);
    expect(error).to.have.property('code', 'domain-state');
    expect(error.message).to.include('keeps its 2 virtual CPUs').and.include('not hotpluggable');
    expect(told).to.deep.equal(['live 256 MiB', 'live 1 vcpus', 'live guest 1 vcpus', 'live 512 MiB']);
  });

  it('undoes the running machine where the definition is refused', async () => {
    const refuse = (call: string) => (call.startsWith('config') ? new Refusal(67) : undefined);
    const { told, outcome } = scale({ live: small, config: small }, { memoryMiB: 600 }, refuse);
    expect(await code(outcome)).to.have.property('code', 'hypervisor');
    expect(told).to.deep.equal(['live 600 MiB', 'config 600 MiB', 'live 512 MiB']);
  });

  const beyond = { vcpus: 5, memoryMiB: 1025 };
  for (const [what, wanted] of Object.entries({
    'more CPUs than its maximum': { vcpus: beyond.vcpus },
    'more memory than its maximum': { vcpus: 3, memoryMiB: beyond.memoryMiB },
    'no CPU': { vcpus: 0 },
    'half a MiB': { memoryMiB: 0.5 },
    'what is no number': { memoryMiB: NaN },
  })) {
    it(`refuses ${what} and changes nothing`, async () => {
      const { told, outcome } = scale({ live: small, config: small }, wanted);
      const error = await code(outcome);
      expect(error).to.have.property('code', 'value');
      expect(error.message).to.include('web');
      expect(told).to.deep.equal([]);
    });
  }

  it('minds the smaller maximum of a definition that was changed', async () => {
    const config = { ...small, maxVcpus: 2 };
    const { told, outcome } = scale({ live: small, config }, { vcpus: 3 });
    const error = await code(outcome);
    expect(error.message).to.include('the maximum of its definition is 2');
    expect(told).to.deep.equal([]);
  });
});
