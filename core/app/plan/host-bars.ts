import pc from 'picocolors';
import type { Cluster, ClusterHost } from '../../placement/cluster.js';

/** Up to so many hosts are shown, else the hottest and the emptiest of them. */
const MOST_HOSTS = 40;
const BAR_CELLS = 24;
/** Full, and the eighths of a cell. */
const EIGHTHS = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/** From here on a bar is red, and from there yellow. */
const [HOT, WARM] = [0.8, 0.6];

type Paint = ReturnType<typeof pc.createColors>;

interface Bar {
  readonly host: ClusterHost;
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly vmsBefore: number;
  readonly vmsAfter: number;
}

/** CPU of the hosts before and after a plan, as bars beside each other; of many hosts the hottest and the emptiest ones. */
export function hostBars(before: Cluster, after: Cluster, colour: boolean = pc.isColorSupported): string {
  const paint = pc.createColors(colour);
  const then = new Map(after.hosts.map((host) => [host.name, host]));
  const [countBefore, countAfter] = [countOn(before), countOn(after)];
  const bars = before.hosts.map((host): Bar => {
    const later = then.get(host.name) ?? host;
    return {
      host: later,
      before: share(host),
      after: share(later),
      vmsBefore: countBefore.get(host.name) ?? 0,
      vmsAfter: countAfter.get(host.name) ?? 0,
    };
  });
  if (bars.length === 0) return '';
  const shown = bars.length <= MOST_HOSTS ? bars : extremes(bars);
  const width = Math.min(30, Math.max(...shown.map(({ host }) => host.name.length), 4));
  const lines = shown.map((bar) => line(bar, width, paint));
  if (bars.length > MOST_HOSTS) {
    const left = paint.dim(`… ${bars.length - shown.length} hosts in between …`);
    lines.splice(MOST_HOSTS / 2, 0, left);
  }
  const head = `${'Host'.padEnd(width)}  ${'CPU before'.padEnd(BAR_CELLS + 6)}   ${'CPU after'.padEnd(BAR_CELLS + 6)}  VMs`;
  return [paint.bold(head), ...lines].join('\n');
}

/** By CPU before the plan: both ends, from the hottest down. */
function extremes(bars: readonly Bar[]): readonly Bar[] {
  const ordered = [...bars].sort((a, b) => (b.before ?? -1) - (a.before ?? -1));
  return [...ordered.slice(0, MOST_HOSTS / 2), ...ordered.slice(-MOST_HOSTS / 2)];
}

function line({ host, before, after, vmsBefore, vmsAfter }: Bar, width: number, paint: Paint): string {
  const name = host.name
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .slice(0, width)
    .padEnd(width);
  const vms = vmsBefore === vmsAfter ? String(vmsAfter) : `${vmsBefore} → ${vmsAfter}`;
  const off = host.powered === 'off' ? ', off' : host.closed === undefined ? '' : `, ${host.closed}`;
  return `${name}  ${barText(before, paint)} → ${barText(after, paint)}  ${vms}${off}`;
}

function barText(part: number | undefined, paint: Paint): string {
  if (part === undefined) return `${'not known'.padEnd(BAR_CELLS)}     ?`;
  const eighths = Math.round(Math.min(1, Math.max(0, part)) * BAR_CELLS * 8);
  const partly = eighths % 8 === 0 ? '' : (EIGHTHS[eighths % 8] ?? '');
  const cells = ('█'.repeat(Math.floor(eighths / 8)) + partly).padEnd(BAR_CELLS, '·');
  const colour = part >= HOT ? paint.red : part >= WARM ? paint.yellow : paint.green;
  return `${colour(cells)} ${`${Math.round(part * 100)} %`.padStart(5)}`;
}

function share({ cpuUsed, cpuCapacity }: ClusterHost): number | undefined {
  return cpuUsed === undefined ? undefined : cpuUsed / cpuCapacity;
}

function countOn({ vms }: Cluster): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { host } of vms) counts.set(host, (counts.get(host) ?? 0) + 1);
  return counts;
}
