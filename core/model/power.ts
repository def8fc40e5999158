/** `unknown`: it cannot be told, such as of a machine that can be woken but not asked. */
export type PowerState = 'on' | 'off' | 'unknown';

/**
 * Switches one host on and off. Implementations: `wrappers/power` (IPMI, Wake-on-LAN, commands), `wrappers/lab` and
 * `wrappers/simulated`; all pass `test/contract/power.contract.ts`. All methods reject with `AttituneError`: `power`
 * where the host cannot be switched, `missing-package`, `operation-timeout`, or, of one that runs something, `power` too.
 */
export interface PowerControl {
  state(): Promise<PowerState>;
  /**
   * Shuts the host's system down in order and resolves once that is under way; {@link state} tells when it is off.
   * Rejects while a domain runs on it: who switches a host off has emptied it. One that is off stays off.
   */
  off(): Promise<void>;
  /** Switches it on and resolves once that is under way: its hypervisor answers later. One that is on stays on. */
  on(): Promise<void>;
}

/** How a host is switched, as its deployment tells it. */
export type PowerSettings =
  | {
      readonly by: 'ipmi';
      /** Of its management controller. */
      readonly address: string;
      readonly user: string;
      /** A file that holds the password and nothing else, for its owner only. */
      readonly passwordFile: string;
    }
  | {
      readonly by: 'wake-on-lan';
      readonly mac: string;
      /** Where the packet is sent; 255.255.255.255 unless told. */
      readonly broadcast: string;
      readonly port: number;
    }
  | {
      readonly by: 'command';
      readonly on: readonly string[];
      readonly off: readonly string[];
      /** Prints `on` or `off`; absent: nobody can tell. */
      readonly state?: readonly string[];
    };

/** Watts at equal steps of CPU use from 0 to 100 %, linear in between (as SPECpower publishes it), and when switched off. */
export interface PowerCurve {
  readonly watts: readonly number[];
  readonly offWatts?: number;
}

/** What a host draws at a CPU use in [0, 1]; more counts as 1. */
export function wattsAt({ watts }: PowerCurve, use: number): number {
  const last = watts.length - 1;
  const at = Math.min(1, Math.max(0, use)) * last;
  const below = Math.floor(at);
  const low = watts[below] ?? NaN;
  return low + ((watts[Math.min(last, below + 1)] ?? NaN) - low) * (at - below);
}
