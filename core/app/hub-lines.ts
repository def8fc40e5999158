import pc from 'picocolors';
import type { HubCounts, HubEvent } from '../bus/websocket/index.js';
import type { Clock, TimerHandle } from '../model/clock.js';

/** What is said once is not said again within this time, but counted: a member that is refused tries again and again. */
const QUIET_MS = 10_000;

export interface HubLines {
  tell(event: HubEvent): void;
  /** Of the whole run. */
  summary(counts: HubCounts): string;
  close(): void;
}

/** What a hub sees, a line each, for its administrator. */
export function hubLines(clock: Clock, say: (line: string) => void): HubLines {
  const quiet = new Map<string, { again: number; readonly timer: TimerHandle }>();
  const once = (line: string, key: string) => {
    const known = quiet.get(key);
    if (known) {
      known.again += 1;
      return;
    }
    say(stamped(clock, line));
    const timer = clock.setTimeout(() => {
      const { again = 0 } = quiet.get(key) ?? {};
      quiet.delete(key);
      if (again > 0) once(`${line} (${again} more of these)`, key);
    }, QUIET_MS);
    quiet.set(key, { again: 0, timer });
  };
  return {
    tell: (event) => {
      if (event.kind === 'membership') {
        const { kind, member, why } = event.change;
        const text = `${kind} ${member.name} (${member.role})${why === undefined ? '' : `: ${why}`}`;
        say(stamped(clock, kind === 'failed' ? pc.red(text) : text));
      } else if (event.kind === 'refused') {
        const { place, name, error } = event;
        const who = name === undefined ? place : `${name} from ${place}`;
        once(pc.yellow(`refused ${who}: ${error.code}: ${error.message}`), `${name ?? host(place)} ${error.code}`);
      } else
        once(pc.yellow(`dropped a message: ${event.name}: ${event.why}`), `${event.name} ${event.why.slice(0, 20)}`);
    },
    summary: ({ received, sent, members, malformed, oversized, slow, undeliverable, refused }) => {
      const dropped = { malformed, oversized, 'for slow members': slow, 'to nobody': undeliverable };
      const told = (counts: Readonly<Record<string, number>>) =>
        Object.entries(counts)
          .filter(([, count]) => count > 0)
          .map(([what, count]) => `${count} ${what}`)
          .join(', ') || 'none';
      return [
        `${received} messages came in and ${sent} went out; ${members} members were there at the end.`,
        `Messages dropped: ${told(dropped)}. Connections refused: ${told(refused)}.`,
      ].join('\n');
    },
    close: () => {
      for (const { timer } of quiet.values()) clock.clearTimeout(timer);
      quiet.clear();
    },
  };
}

function stamped(clock: Clock, line: string): string {
  return `${pc.dim(new Date(clock.now()).toISOString().slice(11, 19))} ${line}`;
}

/** Without its port, which is another one each time. */
function host(place: string): string {
  return place.replace(/:\d+$/, '');
}
