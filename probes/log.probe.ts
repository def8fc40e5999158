import { injectable } from 'inversify';
import { FileFollower } from '../core/intake/file-follower.js';
import { AttituneError, type SourcePlace } from '../core/model/errors.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import { checkAttributes, withAttributes } from './sources/attribute-text.js';
import type { BoundedPattern } from './sources/bounded-pattern.js';
import { checkUnit, numberOf, oneOf, patternOf, UNIT_PARAMETER, unitOf } from './sources/own-metric.js';

const AS = ['rate', 'count', 'last'] as const;

/** What new lines of a log say, since the former reading. Lines that were there before the first reading do not count. */
@injectable()
export class LogProbe implements Probe {
  readonly measure = 'log';
  readonly description = 'New lines of a log that match a pattern, or the number in the last of them.';
  readonly unit = '';
  readonly unitOf = unitOf;
  readonly parameters = [
    {
      name: 'file',
      required: true,
      description: "Absolute path on the component's host, or inside its VM; $name is an attribute of the component.",
    },
    {
      name: 'pattern',
      required: true,
      description: 'Regular expression that a line matches; as="last" needs one group, around the number.',
    },
    {
      name: 'as',
      required: false,
      description:
        '"rate": matching lines a second; "count": matching lines since the former reading; "last": the last number. Default: "rate".',
    },
    UNIT_PARAMETER,
  ];

  check(parameters: Readonly<Record<string, string>>, place: SourcePlace): void {
    const { file = '' } = parameters;
    checkUnit(parameters, place);
    checkAttributes(file, place);
    if (!/^[/$]/.test(file)) {
      throw new AttituneError(
        'value',
        `Parameter file: "${file}" must be an absolute path, such as "/var/log/app.log".`,
        {
          place,
        },
      );
    }
    patternFor(parameters, place);
  }

  attach(target: ProbeTarget): ProbeInstance {
    const pattern = patternFor(target.parameters);
    const as = oneOf('as', target.parameters['as'], AS);
    let follower: FileFollower | undefined;
    /** Since the reading that was told last; one that was cut off is told with the next. */
    let matched = 0;
    let last: string | undefined;
    let since: number | undefined;
    return {
      read: async (signal) => {
        const file = withAttributes(target.parameters['file'] ?? '', target);
        if (follower?.path !== file) follower = new FileFollower(file, { from: since === undefined ? 'end' : 'start' });
        const before = since;
        const { lines, skippedBytes } = await follower.read(target.executor?.() ?? target.host().executor, signal);
        const now = target.clock.now();
        since ??= now;
        if (skippedBytes > 0) {
          since = now;
          matched = 0;
          throw new AttituneError(
            'operation-failed',
            `${file} grew by ${Math.round(skippedBytes / 1024)} KiB more than is read at a time. Measure more often.`,
          );
        }
        for (const groups of pattern.matchAll(lines)) {
          if (!groups) continue;
          matched += 1;
          last = groups[1] ?? last;
        }
        if (before === undefined || signal.aborted) return undefined;
        const told = { matched, last, elapsedMs: now - before };
        [matched, last, since] = [0, undefined, now];
        if (as === 'last') return told.last === undefined ? undefined : numberOf(told.last, file);
        if (as === 'count') return told.matched;
        return told.elapsedMs > 0 ? (told.matched * 1000) / told.elapsedMs : undefined;
      },
    };
  }
}

function patternFor({ pattern = '', as }: Readonly<Record<string, string>>, place?: SourcePlace): BoundedPattern {
  return patternOf(pattern, { atLeast: oneOf('as', as, AS, place) === 'last' ? 1 : 0 }, place);
}
