import type { Component } from './component.js';
import { poweredOf } from './powered.js';

/**
 * Attribute of a VM: the hosts on which its domain may be, with spaces between them. A host is added before the domain is
 * started there or migrated there, and taken out once it is certain that the domain is not there.
 */
export const WHEREABOUTS = 'whereabouts';

/** Attribute of a VM: the uuid of its domain, by which it is told from another of its name. */
export const UUID = 'uuid';

/**
 * Attribute of what was started when its host stopped answering, or when it turned out to be on two: what it was then is
 * only what was last known, and so is a failure to stop it. It is taken away once that is known again.
 */
export const UNSEEN = { attribute: 'unseen', value: 'yes' } as const;

/** Attribute of a host that does not answer, and its value: an administrator's word that it is off, or cut off from disks and network. */
export const FENCED = { attribute: 'fenced', value: 'yes' } as const;

export function whereaboutsOf(vm: Component): readonly string[] {
  return (vm.attributes.get(WHEREABOUTS) ?? '').split(/\s+/).filter(Boolean);
}

/** It is certain now: on this host, or, without one, nowhere. */
export function setWhereabouts(vm: Component, hosts: readonly string[]): void {
  const text = hosts.join(' ');
  if ((vm.attributes.get(WHEREABOUTS) ?? '') !== text) vm.setAttribute(WHEREABOUTS, text);
}

/** Nothing runs on it: by an administrator's word, or since it was empty when it was switched off. */
export function isFenced(host: Component): boolean {
  return host.attributes.get(FENCED.attribute) === FENCED.value || poweredOf(host) === 'off';
}
