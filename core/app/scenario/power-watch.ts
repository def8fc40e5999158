import type { Bus, SystemSnapshot } from '../../model/bus.js';
import type { DeploymentDiagram } from '../../model/deployment.js';
import type { PowerCurve } from '../../model/power.js';
import { POWERED } from '../../model/powered.js';
import type { PowerChanges } from '../report/energy.js';

/** Hears on the bus when hosts are switched off and on. */
export class PowerWatch {
  readonly #changes: Record<string, { at: number; on: boolean }[]>;
  readonly #subscription: { unsubscribe(): void };

  constructor(bus: Bus, hosts: readonly string[]) {
    this.#changes = Object.fromEntries(hosts.map((name) => [name, []]));
    this.#subscription = bus.subscribe('system', (snapshot) => this.#look(snapshot));
  }

  get changes(): PowerChanges {
    return this.#changes;
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }

  /** A host that boots or shuts down is on. */
  #look({ at, components }: SystemSnapshot): void {
    for (const { name, kind, attributes } of components) {
      const changes = kind === 'host' ? this.#changes[name] : undefined;
      const on = attributes[POWERED] !== 'off';
      if (changes && on !== (changes.at(-1)?.on ?? true)) changes.push({ at, on });
    }
  }
}

/** What hosts of a deployment draw, by name. */
export function curvesOf({ hostFamilies }: DeploymentDiagram): Readonly<Record<string, PowerCurve>> {
  const hosts = hostFamilies.flatMap((family) => family.hosts);
  return Object.fromEntries(hosts.flatMap(({ name, curve }) => (curve ? [[name, curve] as const] : [])));
}
