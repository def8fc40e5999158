import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import { BoundedPattern } from './bounded-pattern.js';

type Labels = Readonly<Record<string, string>>;
/** True for the labels that are meant. A label that is not there is empty, as in Prometheus. */
export type LabelSelector = (labels: Labels) => boolean;

const MATCHER = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(?:"([^"]*)"|'([^']*)')\s*(,|$)/y;

/** Prometheus' own: `queue="mail", state!="idle", device=~"sd."`; patterns are for the whole value. Throws `value`. */
export function labelSelector(text: string, place?: SourcePlace): LabelSelector {
  const matchers: LabelSelector[] = [];
  MATCHER.lastIndex = 0;
  while (MATCHER.lastIndex < text.length) {
    const match = MATCHER.exec(text);
    if (!match) {
      throw new AttituneError(
        'value',
        `Parameter labels: "${text}" does not have the form queue='mail', state!='idle', device=~'sd.'.`,
        { place },
      );
    }
    const [, name = '', operator = '', double, single] = match;
    matchers.push(matcher(name, operator, double ?? single ?? '', place));
  }
  return (labels) => matchers.every((fits) => fits(labels));
}

function matcher(name: string, operator: string, wanted: string, place?: SourcePlace): LabelSelector {
  const isWanted = operator.endsWith('~') ? matches(wanted, place) : (value: string) => value === wanted;
  const negated = operator.startsWith('!');
  return (labels) => isWanted(labels[name] ?? '') !== negated;
}

function matches(source: string, place?: SourcePlace): (value: string) => boolean {
  const pattern = new BoundedPattern(`^(?:${source})$`, place);
  return (value) => pattern.match(value) !== undefined;
}
