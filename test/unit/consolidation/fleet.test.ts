import { expect } from 'chai';
import { EnergyMeter } from '../../../core/consolidation/energy-meter.js';
import { planetLabHardware, wattsAt } from '../../../core/consolidation/hardware.js';
import { G4, G5, LARGE, MEDIUM, MICRO, SMALL, smallFleet } from './fleets.js';

describe('hosts that share their CPU', () => {
  it('gives all what they ask for where there is enough', () => {
    const { fleet } = smallFleet(
      [G4],
      [
        { type: LARGE, on: 0, asks: 0.5 },
        { type: SMALL, on: 0, asks: 0.4 },
      ],
    );
    expect(fleet.used[0]).to.equal(1250 + 400);
    expect(fleet.requested[0]).to.equal(1650);
    expect(fleet.free[0]).to.equal(3720 - 1650);
    expect(fleet.use(0)).to.be.closeTo(1650 / 3720, 1e-12);
  });

  it('gives all the same part, in whole MIPS, where there is not', () => {
    const vms = [0.7, 0.7, 0.7].map((asks) => ({ type: LARGE, on: 0, asks }));
    const { fleet } = smallFleet([G4], vms);
    // 3 × 1750 of 3720: each gets floor(1750 × 3720 / 5250) = 1240
    expect(fleet.used[0]).to.equal(3 * 1240);
    expect(fleet.requested[0]).to.equal(5250);
  });

  it('gives one VM no more than a core', () => {
    const { fleet } = smallFleet([G4], [{ type: LARGE, on: 0, asks: 1 }]);
    expect(fleet.used[0]).to.equal(1860);
    expect(fleet.requested[0]).to.equal(2500);
  });

  it('counts a VM that migrates in with a tenth, and gives it nine tenths where it leaves', () => {
    const { fleet } = smallFleet([G5, G5], [{ type: MEDIUM, on: 0, asks: 0.5 }]);
    fleet.startMigration(0, 1, 100);
    expect(fleet.used[0]).to.be.closeTo(1000, 1e-9);
    expect(fleet.used[1]).to.equal(100);
    expect(fleet.requested[1]).to.equal(1000);
    fleet.endMigration(0, 1);
    fleet.share(127.84);
    expect(fleet.used[0]).to.equal(0);
    expect(fleet.used[1]).to.equal(1000);
    expect(fleet.on).to.deep.equal([[], [0]]);
  });

  it('lets a VM pass through a host that is emptied in the same round', () => {
    const { fleet } = smallFleet([G5, G5, G5], [{ type: MICRO, on: 0, asks: 0.5 }]);
    fleet.startMigration(0, 1, 100);
    fleet.startMigration(0, 2, 100);
    fleet.endMigration(0, 1);
    fleet.endMigration(0, 2);
    fleet.share(200);
    expect(fleet.on).to.deep.equal([[], [], [0]]);
    expect(fleet.hostOf[0]).to.equal(2);
    expect(fleet.used[2]).to.equal(250);
  });

  it('transfers memory at 62.5 MB/s', () => {
    const { fleet } = smallFleet(
      [G5],
      [
        { type: MICRO, on: 0, asks: 0 },
        { type: SMALL, on: 0, asks: 0 },
      ],
    );
    expect(fleet.transferSeconds(0)).to.be.closeTo(9.808, 1e-9);
    expect(fleet.transferSeconds(1)).to.be.closeTo(27.84, 1e-9);
  });

  it('removes those that ask for nothing', () => {
    const { fleet } = smallFleet(
      [G5],
      [
        { type: MICRO, on: 0, asks: 0 },
        { type: SMALL, on: 0, asks: 0.01 },
      ],
    );
    expect(fleet.removeIdle()).to.equal(1);
    expect([...fleet.alive]).to.deep.equal([0, 1]);
    expect(fleet.on[0]).to.deep.equal([1]);
  });
});

describe('energy', () => {
  it('is linear between the points of the published curves', () => {
    expect(wattsAt(G4.watts, 0)).to.equal(86);
    expect(wattsAt(G4.watts, 1)).to.equal(117);
    expect(wattsAt(G5.watts, 0.5)).to.equal(116);
    expect(wattsAt(G5.watts, 0.95)).to.be.closeTo(134, 1e-9);
  });

  it('is the mean of both ends, none while off, and idle power while a host is emptied', () => {
    const { fleet } = smallFleet([G4, G4], [{ type: SMALL, on: 0, asks: 0.372 }]);
    const energy = new EnergyMeter(fleet);
    energy.add(300);
    expect(energy.kWh, 'nothing was on before').to.equal(0);
    fleet.fraction[0] = 0.744;
    fleet.share(400);
    energy.add(3600);
    expect(energy.kWh).to.be.closeTo((89.4 + 92.6) / 2 / 1000, 1e-12);
    fleet.fraction[0] = 0;
    fleet.share(500);
    energy.add(3600);
    expect(energy.kWh).to.be.closeTo((89.4 + 92.6) / 2 / 1000 + (92.6 + 86) / 2 / 1000, 1e-12);
    fleet.share(600);
    energy.add(3600);
    expect(energy.kWh, 'off').to.be.closeTo((89.4 + 92.6) / 2 / 1000 + (92.6 + 86) / 2 / 1000, 1e-12);
  });

  it('of all hosts at full power is what the published runs tell', () => {
    const { hosts } = planetLabHardware(0);
    const energy = new EnergyMeter(smallFleet(hosts, []).fleet);
    energy.add(86_100.1);
    expect(energy.atFullPower()).to.be.closeTo(2410.8, 0.005);
  });

  it('divides VMs into four parts by their order', () => {
    const sizes = planetLabHardware(10).vms.map(({ mips }) => mips);
    expect(sizes).to.deep.equal([2500, 2500, 2500, 2000, 2000, 2000, 1000, 1000, 1000, 500]);
  });
});
