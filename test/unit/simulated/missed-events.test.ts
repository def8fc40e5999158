import { expect } from 'chai';
import fc from 'fast-check';
import type { Domain, DomainState } from '../../../core/model/hypervisor.js';
import { missedEvents } from '../../../wrappers/simulated/missed-events.js';

const domain = (name: string, state: DomainState, persistent = false): Domain => ({
  name,
  uuid: `uuid of ${name}`,
  state,
  persistent,
});
const told = (before: readonly Domain[], now: readonly Domain[]) =>
  missedEvents(before, now).map(({ domain: name, kind, detail }) => `${name} ${kind} ${detail}`);

describe('what a connection missed', () => {
  it('is nothing where nothing changed', () => {
    const domains = [domain('a', 'running'), domain('b', 'paused', true), domain('c', 'shutoff', true)];
    expect(told(domains, domains)).to.deep.equal([]);
  });

  it('is the shortest way from what was to what is', () => {
    expect(told([domain('a', 'running')], [])).to.deep.equal(['a stopped missed']);
    expect(told([], [domain('a', 'running')])).to.deep.equal(['a started missed']);
    expect(told([], [domain('a', 'paused', true)])).to.deep.equal([
      'a defined missed',
      'a started missed',
      'a suspended missed',
    ]);
    expect(told([domain('a', 'paused')], [domain('a', 'running')])).to.deep.equal(['a resumed missed']);
    expect(told([domain('a', 'running', true)], [domain('a', 'shutoff', true)])).to.deep.equal(['a stopped missed']);
    expect(told([domain('a', 'shutoff', true)], [])).to.deep.equal(['a undefined missed']);
    expect(told([domain('a', 'running', true)], [])).to.deep.equal(['a stopped missed', 'a undefined missed']);
  });

  it('leads whoever follows the events to what is listed', () => {
    const host = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c'),
        state: fc.constantFrom<DomainState>('running', 'paused', 'shutoff'),
        persistent: fc.boolean(),
      }),
      { selector: ({ name }) => name },
    );
    const there = ({ state, persistent }: { readonly state: DomainState; readonly persistent: boolean }) =>
      state !== 'shutoff' || persistent;
    const make = (drawn: readonly { name: string; state: DomainState; persistent: boolean }[]) =>
      drawn.filter(there).map(({ name, state, persistent }) => domain(name, state, persistent));
    fc.assert(
      fc.property(host, host, (one, other) => {
        const [before, now] = [make(one), make(other)];
        const followed = new Map(before.map((known) => [known.name, { ...known }]));
        for (const { domain: name, kind } of missedEvents(before, now)) {
          const known = followed.get(name) ?? domain(name, 'shutoff');
          const state = { started: 'running', resumed: 'running', suspended: 'paused', stopped: 'shutoff' }[
            kind as 'started'
          ] as DomainState | undefined;
          const persistent = kind === 'defined' || (kind !== 'undefined' && known.persistent);
          followed.set(name, { ...known, state: state ?? known.state, persistent });
        }
        const seen = [...followed.values()].filter(there);
        expect(seen).to.have.deep.members([...now]);
      }),
    );
  });
});
