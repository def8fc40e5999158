import type { PeerNews, PeerReadings } from '../model/peer.js';

/** Mean and largest of what is known of one reading of others. */
export interface KnownReading {
  readonly mean: number;
  readonly max: number;
}

/**
 * What a peer has learned of others, as its policy reads it: `_event.data.known.cpuLoadOne.mean`. It is about the others
 * alone, so that it stays what it is when the peer thinks about a change of its own. With `adapting` off, or as long as
 * nothing has been heard, `peers` is 0 and so is every figure: a policy has fixed thresholds for that.
 */
export type Knowledge = { readonly peers: number } & { readonly [R in keyof PeerReadings]: KnownReading };

const READINGS: readonly (keyof PeerReadings)[] = [
  'cpuLoadOne',
  'cpuLoadFive',
  'cpuLoadFifteen',
  'actualFreeMemory',
  'actualUsedMemory',
  'totalVmMemory',
  'localVmCount',
  'cpus',
];

/** What is known from the news of others. Those that are leaving (not accepting) count too: their load is to go somewhere. */
export function knowledgeOf(news: readonly Pick<PeerNews, 'readings'>[]): Knowledge {
  const known = READINGS.map((reading): [keyof PeerReadings, KnownReading] => {
    const values = news.map(({ readings }) => readings[reading]);
    const sum = values.reduce((total, value) => total + value, 0);
    return [reading, { mean: values.length === 0 ? 0 : sum / values.length, max: Math.max(0, ...values) }];
  });
  return { peers: news.length, ...(Object.fromEntries(known) as { [R in keyof PeerReadings]: KnownReading }) };
}

export const NOTHING_KNOWN: Knowledge = knowledgeOf([]);
