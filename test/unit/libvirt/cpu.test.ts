import { expect } from 'chai';
import { askedCpu, compareCpu, domainCpu } from '../../../wrappers/libvirt/cpu.js';
import { remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { answering, on, Refusal } from './answering.js';

const uuid = '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90';
const MIGRATABLE = 8;
const INACTIVE = 2;
const custom = '<cpu mode="custom" match="exact"><model>Skylake</model><feature policy="require" name="avx"/></cpu>';
const host = '<cpu><arch>x86_64</arch><model>EPYC</model></cpu>';
const kvm = (cpu: string) => `<domain type="kvm"><metadata><cpu>no</cpu></metadata>${cpu}<memory>1</memory></domain>`;

function cpuOf(xml: string, id: number): Promise<string | undefined> {
  return answering(
    [
      on(procedures.domainLookupByName, ({ name }) => ({ dom: { name, uuid, id } })),
      on(procedures.domainGetXMLDesc, ({ flags }) =>
        flags === (id < 0 ? INACTIVE : MIGRATABLE) ? { xml } : new Refusal(8, 'unsupported flags'),
      ),
      on(procedures.connectGetCapabilities, () => ({
        capabilities: `<capabilities><host>${host}</host></capabilities>`,
      })),
    ],
    (daemon) => domainCpu(daemon.connection, 'web'),
  );
}

describe('what a domain of libvirt asks of a CPU', () => {
  it('is what its document says, running or not', async () => {
    expect(await cpuOf(kvm(custom), 3)).to.equal(custom);
    expect(await cpuOf(kvm(custom), -1)).to.equal(custom);
  });

  it("is its host's own CPU where it was passed through, and nothing before it starts", async () => {
    for (const mode of ['host-passthrough', 'maximum']) {
      expect(await cpuOf(kvm(`<cpu mode="${mode}"/>`), 3)).to.equal(host);
      expect(await cpuOf(kvm(`<cpu mode="${mode}"/>`), -1)).to.equal(undefined);
    }
    expect(await cpuOf(kvm('<cpu mode="host-model"/>'), -1)).to.equal(undefined);
  });

  it('is nothing where the CPU is emulated, or not spoken of', () => {
    expect(askedCpu(`<domain type="qemu">${custom}</domain>`)).to.equal(undefined);
    expect(askedCpu(`<domain type="test">${custom}</domain>`)).to.equal(undefined);
    expect(askedCpu(kvm(''))).to.equal(undefined);
    expect(askedCpu(kvm('<cpu><topology sockets="1" cores="1" threads="1"/></cpu>'))).to.equal(undefined);
  });
});

describe('comparing a CPU with that of a host', () => {
  const compare = (hypervisor: number | Refusal, bare: number | Refusal = new Refusal(3)) =>
    answering(
      [
        on(procedures.connectCompareHypervisorCPU, ({ xmlCPU }) => {
          expect(xmlCPU).to.equal(custom);
          return hypervisor instanceof Refusal ? hypervisor : { result: hypervisor };
        }),
        on(procedures.connectCompareCPU, ({ xml }) => {
          expect(xml).to.equal(custom);
          return bare instanceof Refusal ? bare : { result: bare };
        }),
      ],
      (daemon) => compareCpu(daemon.connection, custom),
    ).catch((error: unknown) => (error as { readonly code: string }).code);

  it('tells what libvirt says of what the hypervisor can give', async () => {
    expect([await compare(0), await compare(1), await compare(2)]).to.deep.equal([
      'incompatible',
      'identical',
      'superset',
    ]);
    expect(await compare(new Refusal(91, 'CPU is incompatible'))).to.equal('incompatible');
  });

  it('asks for the bare host where that cannot be told', async () => {
    expect(await compare(new Refusal(3, 'not supported'), 2)).to.equal('superset');
    expect(await compare(new Refusal(3, 'not supported'), new Refusal(3))).to.equal('hypervisor');
  });

  it('compares a passed-through CPU with that of the bare host', async () => {
    const result = await answering(
      [
        on(procedures.connectCompareHypervisorCPU, () => ({ result: 0 })),
        on(procedures.connectCompareCPU, ({ xml }) => ({ result: xml === host ? 1 : 0 })),
      ],
      (daemon) => compareCpu(daemon.connection, host),
    );
    expect(result).to.equal('identical');
  });

  it('says where libvirt could not compare', async () => {
    expect(await compare(-1)).to.equal('hypervisor');
    expect(await compare(new Refusal(1, 'Unknown CPU model'), 2)).to.equal('hypervisor');
  });
});
