import { expect } from 'chai';
import fc from 'fast-check';
import { AttituneError } from '../../../core/model/errors.js';
import { LAB_PREFIX, guestIdentity, planLab } from '../../../wrappers/lab/lab-plan.js';
import { collisions, parseSubnet } from '../../../wrappers/lab/subnet.js';

const subnet = parseSubnet('10.213.77.0/24');
const PKI = '/run/attitune/pki';
const names = fc.uniqueArray(
  fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/).filter((name) => name !== 'switch'),
  {
    minLength: 1,
    maxLength: 20,
  },
);

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof AttituneError ? error.code : 'no AttituneError';
  }
}

describe('Plan of a lab', () => {
  it('gives every host names, addresses and identities of its own', () => {
    fc.assert(
      fc.property(names, (hosts) => {
        const plan = planLab(hosts, subnet, PKI);
        expect(plan.hosts.map(({ name }) => name)).to.deep.equal(hosts);
        const unique = (values: readonly string[]) => expect(new Set(values).size).to.equal(values.length);
        unique([plan.managerAddress, ...plan.hosts.map(({ address }) => address)]);
        unique([plan.managerMac, ...plan.hosts.flatMap(({ mac, bridgeMac }) => [mac, bridgeMac])]);
        unique(plan.hosts.map(({ uuid }) => uuid));
        unique(plan.hosts.map(({ port }) => port));
        for (const host of plan.hosts) {
          expect(host.port.length, 'IFNAMSIZ').to.be.lessThan(16);
          expect(host.port.startsWith(LAB_PREFIX) && host.namespace.startsWith(LAB_PREFIX)).to.equal(true);
          expect(host.uuid).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
        }
      }),
    );
  });

  it('is the same for the same hosts', () => {
    expect(planLab(['host1', 'host2'], subnet, PKI)).to.deep.equal(planLab(['host1', 'host2'], subnet, PKI));
    expect(planLab(['host1', 'host2'], subnet, PKI).hosts[1]).to.include({
      address: '10.213.77.12',
      uri: 'qemu+tls://10.213.77.12/system?pkipath=/run/attitune/pki',
    });
  });

  it('refuses names that cannot be those of hosts, and too many', () => {
    expect(codeOf(() => planLab([], subnet, PKI))).to.equal('value');
    expect(codeOf(() => planLab(['a b'], subnet, PKI))).to.equal('value');
    expect(codeOf(() => planLab(['../x'], subnet, PKI))).to.equal('value');
    expect(codeOf(() => planLab(['switch'], subnet, PKI))).to.equal('value');
    expect(codeOf(() => planLab(['a', 'a'], subnet, PKI))).to.equal('duplicate-name');
    expect(
      codeOf(() =>
        planLab(
          Array.from({ length: 91 }, (_, i) => `h${i}`),
          subnet,
          PKI,
        ),
      ),
    ).to.equal('value');
  });

  it('gives guests addresses apart from the hosts, until there are none left', () => {
    const first = guestIdentity(subnet, 'Machine_1', 0);
    expect(first.address).to.equal('10.213.77.101');
    expect(guestIdentity(subnet, 'Machine_2', 1).mac).to.not.equal(first.mac);
    expect(codeOf(() => guestIdentity(subnet, 'Machine_999', 150))).to.equal('no-capacity');
  });
});

describe('Subnet of the lab', () => {
  it('is a private /24', () => {
    expect(parseSubnet(' 192.168.9.0/24 ').base).to.equal('192.168.9');
    for (const wrong of [
      '',
      '10.1.2.0',
      '10.1.2.0/16',
      '10.1.2.3/24',
      '8.8.8.0/24',
      '172.32.0.0/24',
      '10.300.1.0/24',
      'fd00::/64',
    ]) {
      expect(
        codeOf(() => parseSubnet(wrong)),
        wrong,
      ).to.equal('value');
    }
  });

  it('collides with routes that overlap, but not with default routes, its own, or IPv6', () => {
    const clash = (dst: string, dev = 'eth0') => collisions(subnet, [{ dst, dev }], 'attitune-lab').length;
    expect(
      ['10.213.77.5', '10.213.77.0/24', '10.213.77.128/25', '10.213.0.0/16', '10.0.0.0/8'].map((dst) => clash(dst)),
    ).to.deep.equal([1, 1, 1, 1, 1]);
    expect(
      ['default', '0.0.0.0/0', '10.213.76.0/24', '10.213.78.1', 'fd00::/64'].map((dst) => clash(dst)),
    ).to.deep.equal([0, 0, 0, 0, 0]);
    expect(clash('10.213.77.0/24', 'attitune-lab')).to.equal(0);
  });
});
