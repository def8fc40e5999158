import type { Listener, SimulatedMachine } from './machine.js';

export type Connection = { readonly machine: SimulatedMachine; readonly listener: Listener } | 'refused' | 'silent';

/** Which machine has which address. Nothing real is ever contacted. */
export class SimulatedNetwork {
  readonly #machines = new Map<string, SimulatedMachine>();

  attach(machine: SimulatedMachine): void {
    this.#machines.set(machine.address, machine);
  }
  detach(machine: SimulatedMachine): void {
    if (this.#machines.get(machine.address) === machine) this.#machines.delete(machine.address);
  }

  /** What happens to a connection to that address: `silent` where nobody has it, or its machine is not reachable. */
  connect(address: string, port: number): Connection {
    const machine = this.#machines.get(address);
    if (!machine?.reachable) return 'silent';
    const listener = machine.listener(port);
    return listener ? { machine, listener } : 'refused';
  }
}
