import type { Component } from './component.js';

/** Attribute of a host that was switched off, or is being switched; absent: it is meant to be on. */
export const POWERED = 'powered';
/** Attribute of a host: when it was last switched on or off, in milliseconds since the epoch. */
export const POWERED_AT = 'poweredAt';

/** Whether a host is meant to be on; `changing` from the beginning of a switch to its end. */
export function poweredOf(host: Component): 'on' | 'off' | 'changing' {
  const value = host.attributes.get(POWERED);
  return value === 'off' || value === 'changing' ? value : 'on';
}

export function setPowered(host: Component, powered: 'on' | 'off' | 'changing', at: number): void {
  if (powered === 'on') host.removeAttribute(POWERED);
  else host.setAttribute(POWERED, powered);
  if (powered !== 'changing') host.setAttribute(POWERED_AT, String(at));
}
