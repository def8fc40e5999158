import type { ConsolidationView } from '../../../../core/placement/consolidate/index.js';

export interface SmallHost {
  readonly cpus: number;
  readonly memory?: number;
  readonly watts?: readonly number[];
  readonly vmLimit?: number;
  readonly off?: true;
  readonly closed?: true;
  readonly stays?: true;
}

export interface SmallVm {
  readonly on: number;
  readonly asks: number;
  readonly expected?: number;
  readonly deviation?: number;
  readonly memory?: number;
  readonly fixed?: true;
}

/** A view of a few hosts and VMs; what is not told does not matter. */
export function view(hosts: readonly SmallHost[], vms: readonly SmallVm[]): ConsolidationView {
  return {
    capacity: Float64Array.from(hosts, ({ cpus }) => cpus),
    vmLimit: Float64Array.from(hosts, ({ vmLimit = Infinity }) => vmLimit),
    memoryLimit: Float64Array.from(hosts, ({ memory = Infinity }) => memory),
    power: hosts.map(({ watts = [50, 100] }) => watts),
    accepting: Uint8Array.from(hosts, ({ closed }) => (closed ? 0 : 1)),
    mayEmpty: Uint8Array.from(hosts, ({ stays }) => (stays ? 0 : 1)),
    on: Uint8Array.from(hosts, ({ off }) => (off ? 0 : 1)),
    hostOf: Int32Array.from(vms, ({ on }) => on),
    demand: Float64Array.from(vms, ({ asks }) => asks),
    expected: Float64Array.from(vms, ({ asks, expected = asks }) => expected),
    deviation: Float64Array.from(vms, ({ deviation = 0 }) => deviation),
    memory: Float64Array.from(vms, ({ memory = 1 }) => memory),
    movable: Uint8Array.from(vms, ({ fixed }) => (fixed ? 0 : 1)),
  };
}

/** The view after the moves have been carried out and hosts were switched. */
export function afterwards(before: ConsolidationView, moves: readonly { vm: number; to: number }[]): ConsolidationView {
  const hostOf = Int32Array.from(before.hostOf);
  for (const { vm, to } of moves) hostOf[vm] = to;
  const used = new Set(hostOf);
  return { ...before, hostOf, on: before.on.map((_, host) => (used.has(host) ? 1 : 0)) };
}
