import { expect } from 'chai';
import { Meter } from '../../../core/consolidation/meter.js';
import { G5, MEDIUM, smallFleet } from './fleets.js';

describe('service levels', () => {
  it('SLATAH is the part of active time in which a host gave less than was asked for', () => {
    const meter = new Meter(2, 0);
    meter.host(0, 0, 100, 100);
    meter.host(1, 0, 0, 0);
    meter.host(0, 60, 100, 150);
    meter.host(1, 60, 50, 50);
    meter.host(0, 90, 80, 80);
    meter.host(1, 90, 0, 0);
    meter.host(0, 100, 0, 0);
    // host 0: 60 s well, 30 s short, 10 s well; host 1: active for 30 s
    expect(meter.levels().slatah).to.be.closeTo(30 / 130, 1e-12);
  });

  it('what is told again for the same time replaces what was told', () => {
    const meter = new Meter(1, 0);
    meter.host(0, 0, 10, 20);
    meter.host(0, 0, 20, 20);
    meter.host(0, 10, 20, 20);
    expect(meter.levels().slatah).to.equal(0);
  });

  it('PDM and unserved demand are parts of all that was asked for', () => {
    const meter = new Meter(0, 2);
    meter.vm(0, 0, 90, 100, true);
    meter.vm(1, 0, 60, 100, false);
    meter.vm(0, 10, 100, 100, false);
    meter.vm(1, 10, 100, 100, false);
    meter.vm(0, 20, 0, 0, false);
    meter.vm(1, 20, 0, 0, false);
    const { pdm, unserved, slatah, slav } = meter.levels();
    expect(pdm).to.be.closeTo(100 / 4000, 1e-12);
    expect(unserved).to.be.closeTo(500 / 4000, 1e-12);
    expect(slav).to.equal(slatah * pdm);
  });

  it('every host that receives a VM counts as short for the whole transfer', () => {
    const { fleet, meter } = smallFleet(
      [G5, G5],
      [
        { type: MEDIUM, on: 0, asks: 0.5 },
        { type: MEDIUM, on: 1, asks: 0.5 },
      ],
    );
    fleet.startMigration(0, 1, 100);
    fleet.share(127.84);
    fleet.endMigration(0, 1);
    fleet.share(127.84);
    fleet.share(200);
    const active = 27.84 + 27.84 + 72.16;
    expect(meter.levels().slatah).to.be.closeTo(27.84 / active, 1e-9);
    // a tenth of 1000 MIPS for 27.84 s
    expect(meter.levels().pdm).to.be.closeTo((100 * 27.84) / (2000 * 100), 1e-9);
  });
});
