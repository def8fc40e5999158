import { expect } from 'chai';
import { libraryWorld } from '../support/library-world.js';

describe('decisions while a host is silent', function () {
  this.timeout(60_000);

  it('move nothing to it, and nothing off it', async () => {
    const world = libraryWorld({ set: { fenced: 'no', together: 'gather' } });
    await world.deploy();
    await world.pass(10_000);
    const home = world.hostOf('Machine_1') ?? '';
    const others = ['host1', 'host2', 'host3'].filter((name) => name !== home);
    world.infrastructure.faults.hostUnreachable(others[0] ?? '');
    await world.pass(5000);
    expect(await world.tell('operator.evacuate', home, 'evacuate')).to.equal('empty');
    expect(world.hostOf('Machine_1')).to.equal(others[1]);
    world.infrastructure.faults.hostUnreachable(others[1] ?? '');
    await world.pass(5000);
    // the machines are still placed on the silent host: nobody plans with them
    const before = world.texts().length;
    await world.tell('operator.evacuate', others[1] ?? '', 'evacuate');
    expect(world.texts().slice(before).join('\n')).to.not.match(/migrate …/);
    expect(world.hostOf('Machine_1')).to.equal(others[1]);
  });
});
