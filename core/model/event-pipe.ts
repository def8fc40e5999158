/**
 * TUNe's event pipe: a FIFO on the node of a component. Any process there writes lines `event;component;arg` into it;
 * the component is a path from the one whose pipe it is, which is meant itself where it is empty or `this`.
 */

/** The attribute with the path of a component's pipe, set when its wrapper makes it. */
export const TUBE_ADDRESS = 'tubeAddr';

/** What a process wrote. */
export interface PipeLine {
  readonly event: string;
  /** Segments of the path; empty: the component whose pipe it is. */
  readonly path: readonly string[];
  readonly arg?: string;
}

const EVENT = /^[A-Za-z_][\w.-]{0,99}$/;
const PATH = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,9}$/;

/** Reads a line, its end cut off; `undefined` for what is none. What stands behind the second semicolon is the argument, whatever it is. */
export function parsePipeLine(line: string): PipeLine | undefined {
  const [event = '', component = '', ...rest] = line.replace(/\r$/, '').split(';');
  const [name, target] = [event.trim(), component.trim()];
  if (!EVENT.test(name) || (target !== '' && !PATH.test(target))) return undefined;
  const arg = rest.join(';').trim();
  const path = target === '' || target === 'this' ? [] : target.split('.');
  return { event: name, path: path[0] === 'this' ? path.slice(1) : path, ...(arg === '' ? {} : { arg }) };
}
