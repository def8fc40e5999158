import type { PeerReadings, PeerRole } from '../model/peer.js';
import type { HelpOutcome } from './negotiation/index.js';
import type { TradeOutcome } from './trading/trade-outcome.js';

/** What people should know, in a sentence each; `undefined` where there is nothing to tell. */
export function roleNotice(host: string, role: PeerRole, readings: PeerReadings): string {
  const { cpuLoadOne, totalVmMemory, localVmCount } = readings;
  const vms = `${localVmCount} ${localVmCount === 1 ? 'VM' : 'VMs'} with ${Math.round(totalVmMemory)} MiB`;
  return `${host} is ${role}: load ${cpuLoadOne.toFixed(2)}, ${vms}`;
}

export function helpNotice(host: string, outcome: HelpOutcome): string | undefined {
  switch (outcome.kind) {
    case 'moved': {
      const took = outcome.migration ? ` in ${(outcome.migration.elapsedMs / 1000).toFixed(1)} s` : '';
      return `${outcome.vm} moved from ${host} to ${outcome.to}${took}`;
    }
    case 'failed':
      return `${outcome.vm} was not moved to ${outcome.to}: ${outcome.why}`;
    case 'uncertain':
      return `whether ${outcome.vm} moved from ${host} to ${outcome.to} is not known: ${outcome.why}`;
    default:
      return undefined;
  }
}

export function tradeNotice(host: string, outcome: TradeOutcome): string | undefined {
  if (outcome.kind === 'none') return undefined;
  if (outcome.kind === 'refused') return `${host} found an exchange, but it was refused: ${outcome.why}`;
  const steps = outcome.steps.map(({ vm, from, to }) => `${vm} from ${from} to ${to}`).join(', ');
  if (outcome.kind === 'done') return `exchanged: ${steps}`;
  return `the exchange of ${steps} was broken off after ${outcome.done} of ${outcome.steps.length}: ${outcome.why}`;
}
