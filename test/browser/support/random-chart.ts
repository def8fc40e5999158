import type { Random } from '../../../core/model/random.js';
import { scxml } from '../../unit/statechart/harness.js';

const EVENTS = ['e', 'done.invoke.configuration', 'error.execution', 'a.rather.long.event'];
const OPERATIONS = ['Tomcat.start', 'this.migrate', 'plan:relieve'];

/** A chart of up to about twenty states, nested to depth 3, with transitions between any two of them. */
export function randomChart(random: Random): string {
  const below = (limit: number) => Math.floor(random.next() * limit);
  const one = <T>(list: readonly T[]) => list[below(list.length)] as T;
  let count = 0;
  const shape = (depth: number): Shape => {
    const id = `s${count++}`;
    const children = depth === 0 || count > 16 ? [] : Array.from({ length: below(4) }, () => shape(depth - 1));
    return { id, parallel: children.length > 1 && below(3) === 0, children };
  };
  const roots = Array.from({ length: 1 + below(4) }, () => shape(2));
  const write = ({ id, parallel, children }: Shape): string => {
    const guard = () => (below(3) === 0 ? ` cond="x > ${below(100)} &amp;&amp; In('s0')"` : '');
    const target = () => (below(6) === 0 ? '' : ` target="s${below(count)}"`);
    const type = () => (below(4) === 0 ? ' type="internal"' : '');
    const transitions = Array.from(
      { length: below(3) },
      () => `<transition event="${one(EVENTS)}"${guard()}${target()}${type()}/>`,
    );
    const entry = below(3) === 0 ? '<onentry><log label="entered" expr="this"/></onentry>' : '';
    const invoke = below(3) === 0 ? `<invoke type="attitune" src="${one(OPERATIONS)}"/>` : '';
    const first = children[0];
    const history =
      first && below(3) === 0
        ? `<history id="h${id}"><transition target="${first.id}"/></history><transition event="back" target="h${id}"/>`
        : '';
    const tag = parallel ? 'parallel' : 'state';
    return `<${tag} id="${id}">${entry}${invoke}${transitions.join('')}${history}${children.map(write).join('')}</${tag}>`;
  };
  return scxml(roots.map(write).join(''));
}

interface Shape {
  readonly id: string;
  readonly parallel: boolean;
  readonly children: readonly Shape[];
}
