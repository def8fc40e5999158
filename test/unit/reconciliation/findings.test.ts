import { expect } from 'chai';
import { reconcile, type ExpectedVm, type Finding } from '../../../core/reconciliation/findings.js';
import { textOf } from '../../../core/reconciliation/finding-texts.js';
import type { HostView } from '../../../core/reconciliation/host-view.js';
import type { Domain, DomainState } from '../../../core/model/hypervisor.js';

type Seen = Readonly<Record<string, 'silent' | readonly (DomainState | Partial<Domain>)[]>>;

/** A state alone is the VM's own domain, transient. */
function viewsOf(seen: Seen, migrating: readonly string[] = [], unsure: readonly string[] = []): readonly HostView[] {
  return Object.entries(seen).map(([host, domains]) => {
    if (domains === 'silent') return { host, silent: `${host} does not answer.` };
    const own = { name: 'web', uuid: 'own', state: 'running', persistent: false } as const;
    return {
      host,
      domains: domains.map((domain) => ({ ...own, ...(typeof domain === 'string' ? { state: domain } : domain) })),
      migrating: new Set(migrating.includes(host) ? ['web'] : []),
      unsure: new Set(unsure.includes(host) ? ['web'] : []),
    };
  });
}

const WEB: ExpectedVm = { name: 'web', uuid: 'own', host: 'host1', runs: true };
const STOPPED: ExpectedVm = { ...WEB, runs: false };

function told(finding: Finding): string {
  const advice = finding.advice.map(({ action, host }) => `, ${action} on ${host}`).join('');
  return [finding.kind, ...finding.hosts].join(' ') + advice;
}

const defined = { state: 'shutoff', persistent: true } as const;
const runningDefined = { state: 'running', persistent: true } as const;
const stranger = { uuid: 'other' } as const;

interface Case {
  readonly what: string;
  readonly seen: Seen;
  readonly finds: readonly string[];
  readonly vm?: ExpectedVm;
  readonly migrating?: readonly string[];
  readonly unsure?: readonly string[];
  readonly fenced?: readonly string[];
}

/** Every way in which a VM can be on two hosts, or not. */
const CASES: readonly Case[] = [
  { what: 'runs where it is thought to', seen: { host1: ['running'], host2: [] }, finds: ['as-expected host1'] },
  { what: 'waits for its disk', seen: { host1: ['blocked'], host2: [] }, finds: ['as-expected host1'] },
  { what: 'is suspended', seen: { host1: ['paused'], host2: [] }, finds: ['as-expected host1'] },
  { what: 'sleeps', seen: { host1: ['pmsuspended'], host2: [] }, finds: ['as-expected host1'] },
  { what: 'is shutting down', seen: { host1: ['shutdown'], host2: [] }, finds: ['as-expected host1'] },
  { what: 'is in a state that nobody knows', seen: { host1: ['unknown'], host2: [] }, finds: ['as-expected host1'] },
  {
    what: 'runs, and a host without it is silent',
    seen: { host1: ['running'], host2: 'silent' },
    finds: ['as-expected host1'],
  },
  {
    what: 'is suspended, and another host is silent',
    seen: { host1: ['paused'], host2: 'silent' },
    finds: ['as-expected host1'],
  },
  { what: 'runs elsewhere', seen: { host1: [], host2: ['running'] }, finds: ['moved host2'] },
  { what: 'is suspended elsewhere', seen: { host1: [], host2: ['paused'] }, finds: ['moved host2'] },
  {
    what: 'runs elsewhere than on a silent host',
    seen: { host1: 'silent', host2: ['running'] },
    finds: ['moved host2'],
  },
  {
    what: 'stands still where it may have been going from a silent host',
    seen: { host1: 'silent', host2: ['paused'] },
    finds: ['silent host1 host2'],
  },
  { what: 'is nowhere', seen: { host1: [], host2: [] }, finds: ['gone'] },
  { what: 'is on no host that answers', seen: { host1: 'silent', host2: [] }, finds: ['silent host1'] },
  {
    what: 'left a host that answers, and another is silent',
    seen: { host1: [], host2: 'silent' },
    finds: ['silent host2'],
  },
  {
    what: 'is nowhere else than on a fenced host',
    seen: { host1: 'silent', host2: [] },
    fenced: ['host1'],
    finds: ['gone'],
  },
  { what: 'is off, but defined', seen: { host1: [defined], host2: [] }, finds: ['stopped host1'] },
  { what: 'is off, but defined elsewhere', seen: { host1: [], host2: [defined] }, finds: ['stopped host2'] },
  { what: 'is transient and has just stopped', seen: { host1: ['shutoff'], host2: [] }, finds: ['gone'] },
  {
    what: 'has just arrived, and is being forgotten where it came from',
    seen: { host1: ['shutoff'], host2: ['running'] },
    finds: ['moved host2'],
  },
  { what: 'has crashed and is kept', seen: { host1: ['crashed'], host2: [] }, finds: ['stopped host1'] },
  { what: 'is off, and another host is silent', seen: { host1: [defined], host2: 'silent' }, finds: ['silent host2'] },
  { what: 'runs twice', seen: { host1: ['running'], host2: ['running'] }, finds: ['doubled host1 host2'] },
  {
    what: 'runs twice, elsewhere',
    seen: { host1: [], host2: ['running'], host3: ['blocked'] },
    finds: ['doubled host2 host3'],
  },
  {
    what: 'runs and stands still, and no host tells of a migration',
    seen: { host1: ['running'], host2: ['paused'] },
    finds: ['leftover host1 host2, destroy on host2'],
  },
  {
    what: 'runs and stands still, and a host cannot tell of migrations',
    seen: { host1: ['running'], host2: ['paused'] },
    unsure: ['host2'],
    finds: ['leftover host1 host2'],
  },
  {
    what: 'runs at the target of a migration that has ended, and stands still at its source',
    seen: { host1: ['paused'], host2: ['running'] },
    finds: ['leftover host2 host1, destroy on host1'],
  },
  {
    what: 'migrates, as its source says',
    seen: { host1: ['running'], host2: ['paused'] },
    migrating: ['host1'],
    finds: ['migrating host1 host2'],
  },
  {
    what: 'migrates, as its target says',
    seen: { host1: ['paused'], host2: ['running'] },
    migrating: ['host2'],
    finds: ['migrating host1 host2'],
  },
  {
    what: 'is migrated by this manager, at the moment of changing sides',
    seen: { host1: ['running'], host2: ['running'] },
    vm: { ...WEB, migrating: true },
    finds: ['migrating host1 host2'],
  },
  {
    what: 'stands still twice',
    seen: { host1: ['paused'], host2: ['paused'] },
    finds: ['undecided host1 host2'],
  },
  {
    what: 'runs, and is defined elsewhere too',
    seen: { host1: [runningDefined], host2: [defined] },
    finds: ['as-expected host1', 'defined-twice host1 host2, undefine on host2'],
  },
  {
    what: 'runs transient, and its only definition is elsewhere',
    seen: { host1: ['running'], host2: [defined] },
    finds: ['as-expected host1', 'defined-twice host1 host2'],
  },
  {
    what: 'runs elsewhere, its definition stayed',
    seen: { host1: [defined], host2: [runningDefined] },
    finds: ['moved host2', 'defined-twice host2 host1, undefine on host1'],
  },
  {
    what: 'is off, and defined twice',
    seen: { host1: [defined], host2: [defined] },
    finds: ['stopped host1', 'defined-twice host1 host2, undefine on host2'],
  },
  {
    what: 'is off, and defined twice elsewhere',
    seen: { host1: [], host2: [defined], host3: [defined] },
    finds: ['undecided host2 host3'],
  },
  {
    what: 'runs beside a stranger',
    seen: { host1: ['running'], host2: [stranger] },
    finds: ['as-expected host1', 'stranger host2'],
  },
  {
    what: 'is gone, and a stranger is there',
    seen: { host1: [stranger], host2: [] },
    finds: ['gone', 'stranger host1'],
  },
  {
    what: 'may be on a silent host, and a stranger is on another',
    seen: { host1: 'silent', host2: [stranger] },
    finds: ['silent host1', 'stranger host2'],
  },
  { what: 'has another name', seen: { host1: [{ name: 'old-web' }], host2: [] }, finds: ['renamed host1'] },
  { what: 'is stopped', vm: STOPPED, seen: { host1: [], host2: [] }, finds: ['as-expected'] },
  {
    what: 'is stopped, and a host is silent',
    vm: STOPPED,
    seen: { host1: 'silent', host2: [] },
    finds: ['as-expected'],
  },
  { what: 'is stopped and defined', vm: STOPPED, seen: { host1: [defined], host2: [] }, finds: ['as-expected host1'] },
  { what: 'is stopped, and runs', vm: STOPPED, seen: { host1: [], host2: ['running'] }, finds: ['unexpected host2'] },
  {
    what: 'is stopped, and runs twice',
    vm: STOPPED,
    seen: { host1: ['running'], host2: ['running'] },
    finds: ['doubled host1 host2'],
  },
  {
    what: 'was never learned, and is there',
    vm: { name: 'web', host: 'host1', runs: true },
    seen: { host1: [], host2: ['running'] },
    finds: ['moved host2'],
  },
  {
    what: 'was never learned, and is where it is thought to be, beside another',
    vm: { name: 'web', host: 'host1', runs: true },
    seen: { host1: ['running'], host2: [stranger] },
    finds: ['as-expected host1', 'stranger host2'],
  },
  {
    what: 'was never learned, and there are two elsewhere',
    vm: { name: 'web', host: 'host1', runs: true },
    seen: { host1: [], host2: ['running'], host3: [stranger] },
    finds: ['ambiguous host2 host3'],
  },
  {
    what: 'was never learned, and is nowhere',
    vm: { name: 'web', host: 'host1', runs: true },
    seen: { host1: [], host2: [] },
    finds: ['gone'],
  },
];

describe('what became of a virtual machine that', () => {
  for (const { what, seen, finds, vm = WEB, migrating, unsure, fenced } of CASES) {
    it(what, () => {
      const findings = reconcile([vm], viewsOf(seen, migrating, unsure), new Set(fenced));
      expect(findings.map(told)).to.deep.equal(finds);
    });
  }

  it('cannot be told by itself is told in words that name the hosts', () => {
    for (const { seen, vm = WEB, migrating, unsure, fenced } of CASES) {
      for (const finding of reconcile([vm], viewsOf(seen, migrating, unsure), new Set(fenced))) {
        const text = textOf(finding, 'host1');
        if (finding.kind === 'as-expected') expect(text).to.equal(undefined);
        else for (const host of finding.hosts) expect(text, finding.kind).to.include(host);
        expect(text ?? '').to.not.match(/undefined/);
      }
    }
  });

  it('belongs to others is of no interest', () => {
    const views = viewsOf({ host1: ['running', { name: 'other', uuid: 'x' }], host2: [{ name: 'other', uuid: 'x' }] });
    expect(reconcile([WEB], views).map(told)).to.deep.equal(['as-expected host1']);
  });
});
