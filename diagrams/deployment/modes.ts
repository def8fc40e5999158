import {
  CONTROL_MODES,
  MODE_ATTRIBUTE,
  type ControlMode,
  type DiagramUse,
  type PolicyUse,
} from '../../core/model/deployment.js';
import { AttituneError } from '../../core/model/errors.js';
import { parseDurationMs } from '../../core/model/quantity.js';
import { attributeOf, childrenOf, placeOf, type AttributeRule, type XmlElement } from '../../core/xml/index.js';
import { suggest } from '../../core/xml/suggest.js';
import type { Collector } from '../collect.js';

/** What a question to administrators is given at least, and at most. */
const BOUNDS_MS = { least: 1000, most: 7 * 86_400_000 };

/** `mode` and `approveWithin`, of `<diagram>` and `<policy>`. */
export const MODE_RULES: readonly AttributeRule[] = [
  {
    name: 'mode',
    description:
      'Who carries out what it decides: automatic, unless told: it itself; approve: it, once an administrator has said yes; recommend: nobody, it is told only.',
    values: [...CONTROL_MODES],
  },
  {
    name: 'approveWithin',
    description: 'With approve: how long it waits for an answer, from 1 s to 7 d; 10 min unless told.',
    type: 'duration',
    form: 'such as "10 min"',
  },
];

/** The mode of a use of a diagram, and how long it waits for an answer. */
export function modeOf(
  element: XmlElement,
  collector: Collector,
): { readonly mode?: ControlMode } & Pick<DiagramUse & PolicyUse, 'approveWithinMs'> {
  const mode = attributeOf(element, 'mode');
  const given = attributeOf(element, 'approveWithin') !== undefined;
  const known = CONTROL_MODES.find((candidate) => candidate === mode);
  const within = given
    ? collector.parsed<number | undefined>(
        element,
        'approveWithin',
        (text, place) => {
          const ms = parseDurationMs(text, place);
          if (ms >= BOUNDS_MS.least && ms <= BOUNDS_MS.most) return ms;
          throw new AttituneError('value', `"${text}" is not within 1 s and 7 d.`, { place });
        },
        undefined,
      )
    : undefined;
  return { ...(known && { mode: known }), ...(within === undefined ? {} : { approveWithinMs: within }) };
}

/** What the grammar cannot say of modes: those of hosts and components, and which uses of a diagram have none. */
export function checkModes(root: XmlElement, collector: Collector): void {
  for (const element of childrenOf(root, 'diagram')) {
    if (attributeOf(element, 'role') === undefined || attributeOf(element, 'mode') === undefined) continue;
    const message =
      'A start or stop diagram has no mode: starting and stopping is the word of an administrator already.';
    collector.add('value', message, placeOf(element, 'mode'));
  }
  const owners = ['hosts', 'component'].flatMap((name) => childrenOf(root, name));
  for (const owner of owners.flatMap((element) => [element, ...childrenOf(element, 'host')]))
    for (const attribute of childrenOf(owner, 'attribute')) {
      if (attributeOf(attribute, 'name') !== MODE_ATTRIBUTE) continue;
      const value = attributeOf(attribute, 'value') ?? '';
      if ((CONTROL_MODES as readonly string[]).includes(value)) continue;
      const message = `"${value}" is no mode.${suggest(value, CONTROL_MODES)}`;
      collector.add('value', message, placeOf(attribute, 'value'));
    }
}
