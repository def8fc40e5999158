import { expect } from 'chai';
import { Container } from 'inversify';
import { HttpLatencyProbe } from '../../../probes/http-latency.probe.js';
import { probesModule } from '../../../probes/probes.module.js';
import { InstalledProbes } from '../../../probes/registry.js';
import * as Token from '../../../probes/tokens.js';

describe('module of the probes', () => {
  it('installs every probe and detector under its name', () => {
    const container = new Container();
    container.load(probesModule);
    const probes = container.get(Token.ProbeRegistry);
    const detectors = container.get(Token.DetectorRegistry);
    expect(probes.measures()).to.deep.equal([
      'busy-threads',
      'command',
      'cpu',
      'http-latency',
      'load',
      'log',
      'memory',
      'prometheus',
      'property',
      'push',
      'slurm-queue',
      'traffic',
    ]);
    expect(detectors.types()).to.deep.equal(['forecast', 'k-of-n', 'threshold', 'watchdog']);
    for (const measure of probes.measures()) expect(probes.get(measure)?.measure).to.equal(measure);
    expect(container.get(Token.ProbeRegistry)).to.equal(probes);
    expect(probes.get('disk')).to.equal(undefined);
  });

  it('refuses two probes of one measure', () => {
    expect(() => new InstalledProbes([new HttpLatencyProbe(), new HttpLatencyProbe()]))
      .to.throw('"http-latency"')
      .with.property('code', 'duplicate-name');
  });
});
