import { textTable } from '../../core/app/text-table.js';
import { simulatePeers, type PeersFigures } from './peers/simulate-peers.js';

const SIZES = [100, 1000, 10_000] as const;
/** Messages per host may differ by this much between the smallest and the largest system. */
const MESSAGES_WITHIN = 0.2;
const MOST_SECONDS = 300;
const MOST_RSS_MIB = 4096;

/** What must hold of a run, and where it does not. */
const RULES: readonly (readonly [string, (figures: PeersFigures) => boolean])[] = [
  ['every host is relieved', ({ relievedMs, overloaded }) => relievedMs !== undefined && overloaded === 0],
  ['no VM comes back to a host that it was on', ({ movesBack }) => movesBack === 0],
  ['every VM is on one host', ({ lost, doubled }) => lost === 0 && doubled === 0],
  [
    `within ${MOST_SECONDS} s, by the clock and of the processor`,
    ({ wallSeconds, cpuSeconds }) => Math.max(wallSeconds, cpuSeconds) <= MOST_SECONDS,
  ],
  [`within ${MOST_RSS_MIB} MiB`, ({ peakRssMiB }) => peakRssMiB <= MOST_RSS_MIB],
];

/** Peers on 100, 1,000 and 10,000 hosts of which a quarter is overloaded: what it takes until all are relieved. */
export async function peersAtScale(): Promise<boolean> {
  const all: PeersFigures[] = [];
  for (const hosts of SIZES) {
    const figures = await simulatePeers({ hosts, seed: 1 });
    all.push(figures);
    console.log(`${hosts} hosts: done in ${figures.wallSeconds.toFixed(1)} s`);
  }
  const rows = all.map((figures) => [
    figures.hosts.toLocaleString('en'),
    figures.overloadedBefore.toLocaleString('en'),
    String(figures.overloaded),
    figures.relievedMs === undefined ? '–' : `${(figures.relievedMs / 60_000).toFixed(1)} min`,
    figures.moves.toLocaleString('en'),
    (figures.moves / figures.overloadedBefore).toFixed(2),
    String(figures.movesBack),
    figures.messagesPerHost.toFixed(1),
    `${figures.wallSeconds.toFixed(1)} s`,
    `${figures.cpuSeconds.toFixed(1)} s`,
    `${Math.round(figures.peakRssMiB)} MiB`,
  ]);
  const head = [
    'hosts',
    'overloaded',
    'at the end',
    'last relieved',
    'moves',
    'each',
    'back',
    'messages/host',
    'took',
    'processor',
    'RSS',
  ];
  console.log(textTable(head, rows));
  const missed = all.flatMap((figures) =>
    RULES.filter(([, holds]) => !holds(figures)).map(([rule]) => `${figures.hosts} hosts: ${rule}`),
  );
  const messages = all.map(({ messagesPerHost }) => messagesPerHost);
  const spread = Math.max(...messages) / Math.min(...messages) - 1;
  if (spread > MESSAGES_WITHIN) missed.push(`messages per host differ by ${(100 * spread).toFixed(0)} %`);
  console.log(
    missed.length === 0
      ? `peers: messages per host differ by ${(100 * spread).toFixed(1)} % as hosts grow a hundredfold: held`
      : `peers: missed: ${missed.join('; ')}`,
  );
  return missed.length === 0;
}
