import type { Component } from '../../model/component.js';
import type { DeploymentDiagram } from '../../model/deployment.js';
import { POWERED_AT, poweredOf } from '../../model/powered.js';
import type { ClusterHost } from '../../placement/cluster.js';

type PowerFacts = Pick<ClusterHost, 'power' | 'powered' | 'poweredAt'> &
  Partial<Pick<ClusterHost, 'accepting' | 'closed'>>;

/** What hosts draw and whether they are on, for the planner: a host that is off, or being switched, takes nothing. */
export class PowerView {
  readonly #curves: ReadonlyMap<string, ClusterHost['power']>;

  constructor(deployment: DeploymentDiagram) {
    const hosts = deployment.hostFamilies.flatMap((family) => family.hosts);
    this.#curves = new Map(hosts.map(({ name, curve }) => [name, curve]));
  }

  of(host: Component): PowerFacts {
    const power = this.#curves.get(host.name);
    const powered = poweredOf(host);
    const poweredAt = Number(host.attributes.get(POWERED_AT) ?? NaN);
    return {
      ...(power ? { power } : {}),
      ...(Number.isFinite(poweredAt) ? { poweredAt } : {}),
      ...(powered === 'on' ? {} : { powered, accepting: false, closed: CLOSED[powered] }),
    };
  }
}

const CLOSED = { off: 'it is switched off', changing: 'it is being switched on or off' } as const;
