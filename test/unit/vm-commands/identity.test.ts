import { expect } from 'chai';
import fc from 'fast-check';
import { SeededRandom } from '../../../core/model/random.js';
import {
  addressesOf,
  answersOnNetwork,
  checkDomainName,
  freshAddress,
  freshMac,
  freshUuid,
  guestHostName,
  parseAddressRange,
} from '../../../wrappers/vm/identity/index.js';
import { neighbours } from '../../../wrappers/vm/identity/network-neighbour.js';
import { failure } from './fleet-world.js';

const nobody = { names: new Map(), uuids: new Set<string>(), macs: new Set<string>(), addresses: new Set<string>() };

describe('the identity of a new virtual machine', () => {
  it('has addresses from a range, without the gateway', () => {
    const range = parseAddressRange('10.0.0.1-10.0.0.4/24 via 10.0.0.2');
    expect([...addressesOf(range)]).to.deep.equal(['10.0.0.1', '10.0.0.3', '10.0.0.4']);
    expect([...addressesOf(parseAddressRange(' 192.168.1.7/24 '))]).to.deep.equal(['192.168.1.7']);
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['10.0.0.1', /not understood/],
    ['10.0.0.300-10.0.0.301/24', /not understood/],
    ['10.0.0.9-10.0.0.1/24', /end comes before/],
    ['10.0.0.1-10.0.1.1/24', /beyond its network/],
    ['10.0.0.0-10.0.0.9/24', /network itself/],
    ['10.0.0.1-10.0.0.255/24', /broadcasts/],
    ['10.0.0.1-10.0.0.9/33', /prefix/],
    ['10.0.0.1-10.0.0.9/24 via 10.0.1.1', /gateway/],
    ['x'.repeat(10_000), /not understood/],
  ];
  for (const [text, pattern] of wrong) {
    it(`refuses the range ${text.slice(0, 40)}`, () => {
      expect(() => parseAddressRange(text)).to.throw(pattern);
    });
  }

  it('keeps every address of a range in its network', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(byte, byte, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 54 }), (a, b, from, more) => {
        const range = parseAddressRange(`10.${a}.${b}.${from}-10.${a}.${b}.${from + more}/24`);
        const all = [...addressesOf(range)];
        expect(all).to.have.length(more + 1);
        for (const address of all) expect(address.startsWith(`10.${a}.${b}.`)).to.equal(true);
      }),
    );
  });

  it('has a MAC address that is locally administered, for one card, and of nobody else', () => {
    const random = new SeededRandom(3);
    const macs = new Set<string>();
    for (let count = 0; count < 500; count += 1) macs.add(freshMac(random, { macs }));
    expect(macs.size).to.equal(500);
    for (const mac of macs) expect(parseInt(mac.slice(0, 2), 16) & 3).to.equal(2);
  });

  it('takes another UUID where one is taken', () => {
    const first = freshUuid(new SeededRandom(1), nobody);
    expect(freshUuid(new SeededRandom(1), { uuids: new Set([first]) })).to.not.equal(first);
  });

  it('has no address once all are taken, and says what to do', async () => {
    const range = parseAddressRange('10.0.0.1-10.0.0.2/24');
    const error = await failure(freshAddress(range, { addresses: new Set(['10.0.0.1']) }, () => Promise.resolve(true)));
    expect(error.code).to.equal('no-capacity');
    expect(error.message).to.contain('1 answer on the network').and.contain('addresses');
  });

  for (const name of ['', '.', '..', '-x', 'a/b', 'a b', 'a"b', "a'b", '<x/>', 'a&b', 'a\nb', 'ä', 'a'.repeat(61)]) {
    it(`refuses the name ${JSON.stringify(name).slice(0, 20)}`, () => {
      expect(() => checkDomainName(name)).to.throw(/cannot be the name/);
    });
  }

  it('makes host names of names', () => {
    expect(guestHostName('Machine_1')).to.equal('Machine-1');
    expect(guestHostName('web.example+1')).to.equal('web-example-1');
  });

  it('knows who has an address from the table of neighbours', () => {
    const table = [
      'IP address       HW type     Flags       HW address            Mask     Device',
      '10.0.0.7         0x1         0x2         52:54:00:00:00:01     *        eth0',
      '10.0.0.8         0x1         0x0         00:00:00:00:00:00     *        eth0',
    ];
    expect(neighbours(table.join('\n'))).to.deep.equal(['10.0.0.7']);
  });

  it('finds nobody at an address that is for documentation only', async () => {
    expect(await answersOnNetwork('203.0.113.250')).to.equal(false);
  });
});
