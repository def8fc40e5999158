import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { readMigrationSettings, withSettings } from '../../../core/model/migration-settings.js';

describe('settings of a migration', () => {
  it('are read from what a call says, others left aside', () => {
    const settings = readMigrationSettings({
      to: 'host2',
      bandwidth: '1 Gbit/s',
      timeout: '5 min',
      maxDowntime: '300 ms',
      postCopy: 'after 60 s',
      autoConverge: 'false',
    });
    expect(settings.bandwidthMiBps).to.be.closeTo(119.2, 0.1);
    expect(settings).to.include({
      timeoutMs: 300_000,
      maxDowntimeMs: 300,
      postCopyAfterMs: 60_000,
      autoConverge: false,
    });
    expect(readMigrationSettings({ to: 'host2' })).to.deep.equal({});
  });

  it('of a call win over those of its deployment, "never" too', () => {
    const wider = { bandwidthMiBps: 10, postCopyAfterMs: 1000, perHost: 1 };
    expect(withSettings(wider, readMigrationSettings({ postCopy: 'never', timeout: '1 s' }))).to.deep.equal({
      bandwidthMiBps: 10,
      timeoutMs: 1000,
    });
    expect(withSettings(undefined, {})).to.deep.equal({});
  });

  for (const [name, text] of [
    ['bandwidth', '0 MiB/s'],
    ['bandwidth', '5'],
    ['timeout', '-1 s'],
    ['maxDowntime', '0 ms'],
    ['postCopy', '60 s'],
    ['postCopy', 'after noon'],
    ['autoConverge', 'yes'],
  ] as const) {
    it(`refuse ${name}="${text}"`, () => {
      expect(() => readMigrationSettings({ [name]: text }))
        .to.throw(AttituneError)
        .with.property('code', 'value');
    });
  }
});
