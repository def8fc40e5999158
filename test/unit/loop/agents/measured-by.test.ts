import 'reflect-metadata';
import { expect } from 'chai';
import { Container } from 'inversify';
import { measuredBy } from '../../../../core/loop/agents/index.js';
import { probesModule } from '../../../../probes/probes.module.js';
import * as Token from '../../../../probes/tokens.js';

const usage = () => Promise.reject(new Error('not asked here'));
const LOCAL = { local: true, agent: 'host1' };
const REMOTE = { local: false, agent: 'host1' };
const LIBVIRT = { ...REMOTE, usage };
const NO_AGENT = { local: false };

/** Who measures: on this machine, on another, on another with libvirt, on one without an agent; in a VM without, and with an agent. */
const ROWS: Readonly<Record<string, readonly (string | undefined)[]>> = {
  central: [undefined, undefined, undefined, undefined, undefined, undefined],
  metered: [undefined, 'host1', undefined, undefined, undefined, undefined],
  other: [undefined, 'host1', 'host1', undefined, undefined, 'Machine_1'],
};

/** Every measure that ships, by the row that it belongs to. */
const MEASURES: Readonly<Record<string, keyof typeof ROWS>> = {
  cpu: 'metered',
  memory: 'metered',
  traffic: 'metered',
  load: 'other',
  'http-latency': 'central',
};

describe('who measures a component', () => {
  const container = new Container({ defaultScope: 'Singleton' });
  container.load(probesModule);
  const registry = container.get(Token.ProbeRegistry);
  const isAgent = (name: string) => name === 'Machine_1';

  for (const measure of registry.measures()) {
    it(`is told for ${measure}`, () => {
      const probe = registry.get(measure)!;
      const row = MEASURES[measure] ?? (probe.central === true ? 'central' : 'other');
      const asked = [
        [LOCAL, undefined],
        [REMOTE, undefined],
        [LIBVIRT, undefined],
        [NO_AGENT, undefined],
        [LIBVIRT, 'Machine_2'],
        [LIBVIRT, 'Machine_1'],
      ] as const;
      expect(asked.map(([host, domain]) => measuredBy(probe, { host, domain }, isAgent))).to.deep.equal(ROWS[row]);
    });
  }
});
