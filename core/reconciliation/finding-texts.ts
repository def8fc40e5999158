import type { Finding, FindingKind } from './findings.js';

/** What to say of a finding; `undefined` where all is well. `thought`: the host that the VM was thought to be on. */
export function textOf(finding: Finding, thought: string | undefined): string | undefined {
  return TEXTS[finding.kind]?.(finding, thought);
}

const and = (hosts: readonly string[]) => hosts.join(' and ');

const LOOK =
  'Look at each (virsh dominfo, virsh domjobinfo, its console) which of them its users have their data on, and power the others off';

const TEXTS: Readonly<Partial<Record<FindingKind, (finding: Finding, thought: string | undefined) => string>>> = {
  moved: ({ vm, hosts: [host] }, thought) => `${vm} is on ${host}, not on ${thought ?? 'any host'} as was thought`,
  stopped: ({ vm, hosts: [host] }) => `its domain is off; ${host} still has the definition of ${vm}`,
  gone: () => 'no host has its domain any more',
  silent: ({ vm, hosts }) =>
    `it cannot be told whether ${vm} runs: ${and(hosts)} may have it. It is not started elsewhere until that is known. ` +
    `Bring the host back, or make sure that it is off and say so (its attribute fenced = yes)`,
  unexpected: ({ vm, hosts: [host] }) =>
    `${vm} is stopped as far as is known, but its domain is there on ${host}. It is left alone: stop it there, or start ${vm}`,
  migrating: ({ vm, hosts }) => `${vm} is on its way between ${and(hosts)}: nothing is decided until it has arrived`,
  leftover: ({ vm, hosts: [runs, ...copies], advice }) => {
    const allowed = advice.length
      ? `No host tells of a migration: the copy may be powered off (virsh destroy ${vm}, there), never the one on ${runs}`
      : `It cannot be told whether a migration is under way (virsh domjobinfo ${vm}): nothing may be powered off until that is known`;
    return `${vm} runs on ${runs}, and a copy of it stands still on ${and(copies)}. ${allowed}`;
  },
  doubled: ({ vm, hosts }) => `${vm} runs on ${and(hosts)} at the same time, on the same disks. ${LOOK}`,
  undecided: ({ vm, hosts }) =>
    `${vm} is on ${and(hosts)} and runs on none of them. ${LOOK}, then start or resume the right one`,
  ambiguous: ({ vm, hosts }) =>
    `${and(hosts)} have different domains of the name ${vm}, and it is not known which of them it is. Rename the others, or remove them`,
  renamed: ({ vm, uuid, hosts }) => `the domain of ${vm} (${uuid}) has another name on ${and(hosts)}. Rename it back`,
  stranger: ({ vm, uuid, hosts }) =>
    `${and(hosts)} has another domain of the name ${vm} (${uuid}), which is none of this deployment's. It is left alone: rename it`,
  'defined-twice': ({ vm, hosts: [kept, other], advice }) => {
    const what = advice.length
      ? `undefine it on ${other} (virsh undefine ${vm}, there)`
      : `the one on ${kept} is transient: define it there before the other definition goes`;
    return `${vm} is on ${kept}, and ${other} has a definition of it that does not run; whoever starts that starts ${vm} twice: ${what}`;
  },
};
