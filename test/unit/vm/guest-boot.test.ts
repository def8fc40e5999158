import { expect } from 'chai';
import { guestCommandLine } from '../../../wrappers/vm/image/index.js';

describe('Kernel command line of a guest', () => {
  it('tells it who it is', () => {
    const address = { address: '10.213.77.104', prefix: 24, gateway: '10.213.77.1' };
    expect(guestCommandLine({ name: 'Machine_1', address, swap: 'vdb' }).split(' ')).to.deep.equal([
      ...['console=ttyS0', 'quiet', 'panic=-1'],
      ...['attitune.ip=10.213.77.104/24', 'attitune.gateway=10.213.77.1'],
      ...['attitune.hostname=Machine-1', 'attitune.swap=vdb'],
    ]);
  });

  it('lets it ask for an address where it has none, and do without mitigations only where guests trust each other', () => {
    expect(guestCommandLine({ name: 'a' })).to.match(/ attitune\.ip=dhcp attitune\.hostname=a$/);
    expect(guestCommandLine({ name: 'a' })).to.not.contain('mitigations');
    expect(guestCommandLine({ name: 'a', trusting: true })).to.contain('mitigations=off');
  });
});
