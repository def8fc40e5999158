import { expect } from 'chai';
import fc from 'fast-check';
import { reconcile, type Advice, type ExpectedVm } from '../../../core/reconciliation/findings.js';
import type { HostView } from '../../../core/reconciliation/host-view.js';
import type { Domain, DomainState } from '../../../core/model/hypervisor.js';

const HOSTS = ['host1', 'host2', 'host3'];
const RUNS: readonly DomainState[] = ['running', 'blocked', 'shutdown', 'unknown'];

const domain = fc
  .record({
    name: fc.constantFrom('web', 'web', 'web', 'db'),
    uuid: fc.constantFrom('own', 'own', 'own', 'other', 'third'),
    state: fc.constantFrom<DomainState>('running', 'blocked', 'paused', 'shutoff', 'crashed', 'pmsuspended', 'unknown'),
    persistent: fc.boolean(),
  })
  // a transient one that is off is not there
  .map((one) => ({ ...one, persistent: one.persistent || one.state === 'shutoff' }));
const world = fc.record({
  domains: fc.tuple(...HOSTS.map(() => fc.uniqueArray(domain, { maxLength: 2, selector: ({ uuid }) => uuid }))),
  silent: fc.uniqueArray(fc.constantFrom(...HOSTS), { maxLength: 3 }),
  vm: fc.record({
    name: fc.constant('web'),
    uuid: fc.option(fc.constant('own'), { nil: undefined }),
    host: fc.option(fc.constantFrom(...HOSTS), { nil: undefined }),
    runs: fc.boolean(),
  }),
});

/** What is there after an administrator has done what was advised. */
function follow(domains: readonly (readonly Domain[])[], advice: readonly Advice[]): readonly (readonly Domain[])[] {
  return domains.map((there, index) =>
    there.flatMap((one): Domain[] => {
      const told = advice.find(({ host, uuid }) => host === HOSTS[index] && uuid === one.uuid);
      if (!told) return [one];
      if (told.action === 'destroy') return one.persistent ? [{ ...one, state: 'shutoff' }] : [];
      return one.state === 'shutoff' ? [] : [{ ...one, persistent: false }];
    }),
  );
}

describe('reconciliation, whatever is seen', function () {
  this.timeout(60_000);

  it('gives one finding and advises nothing that could lose a machine, or touch a stranger', () => {
    fc.assert(
      fc.property(world, ({ domains, silent, vm }) => {
        const views = HOSTS.map((host, index): HostView =>
          silent.includes(host)
            ? { host, silent: 'no answer' }
            : { host, domains: domains[index]!, migrating: new Set(), unsure: new Set() },
        );
        const { uuid, host, ...rest } = vm;
        const expected: ExpectedVm = { ...rest, ...(uuid ? { uuid } : {}), ...(host ? { host } : {}) };
        const findings = reconcile([expected], views);
        const primary = findings.filter(({ kind }) => kind !== 'stranger' && kind !== 'defined-twice');
        expect(primary).to.have.length(1);
        const advice = findings.flatMap((finding) => finding.advice);
        const id = findings[0]?.uuid;
        const of = (all: readonly (readonly Domain[])[], states?: readonly DomainState[]) =>
          all.flat().filter((one) => one.uuid === id && (!states || states.includes(one.state)));
        const after = follow(domains, advice);
        // nothing is done on a host that does not answer, or to another's domain
        expect(advice.every((one) => !silent.includes(one.host) && one.uuid === id)).to.equal(true);
        // whatever ran goes on, and where nothing ran, what there is of it stays
        expect(of(after, RUNS)).to.deep.equal(of(domains, RUNS));
        if (of(domains).length > 0) expect(of(after)).to.not.be.empty;
        // a definition is left, if there was one where all could be seen
        const isDefined = (all: typeof domains | typeof after) => of(all).some(({ persistent }) => persistent);
        if (isDefined(domains)) expect(isDefined(after)).to.equal(true);
        // whoever follows the advice, and starts it where it is gone, has it once
        const visible = domains.filter((_, index) => !silent.includes(HOSTS[index]!));
        if (primary[0]!.kind === 'gone') {
          expect(silent).to.deep.equal([]);
          expect(of(domains)).to.deep.equal([]);
        }
        if (primary[0]!.kind === 'as-expected' && vm.runs) expect(of(visible, RUNS).length).to.be.at.most(1);
        if (of(visible, RUNS).length > 1 && id === 'own' && of(visible).every(({ name }) => name === 'web'))
          expect(primary[0]!.kind).to.equal('doubled');
      }),
      { numRuns: 3000 },
    );
  });
});
