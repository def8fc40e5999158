import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import type { ProbeTarget } from '../../core/model/probe.js';
import { addressOf } from './component-url.js';

const TOKEN = /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_][\w-]*)\}|)/g;

/**
 * A parameter of a probe in which `$name` or `${name}` stands for an attribute of the component that is measured (or its
 * `address`), `$$` for a dollar. Throws `unknown-attribute` for one that it does not have now.
 */
export function withAttributes(text: string, target: ProbeTarget): string {
  return text.replace(TOKEN, (source, dollar?: string, plain?: string, braced?: string) => {
    const name = plain ?? braced;
    if (dollar !== undefined) return '$';
    if (name === undefined) throw wrong(source, text);
    const value = target.component.attributes.get(name) ?? known(name, target);
    if (value !== undefined) return value;
    const there = [...target.component.attributes.keys()].sort().join(', ') || 'none';
    throw new AttituneError(
      'unknown-attribute',
      `${source}: ${target.component.name} has no attribute "${name}" now; it has ${there}.`,
    );
  });
}

/** Throws `value` at a dollar that begins no name. */
export function checkAttributes(text: string, place: SourcePlace): void {
  for (const [source, dollar, plain, braced] of text.matchAll(TOKEN)) {
    if ((dollar ?? plain ?? braced) === undefined) throw wrong(source, text, place);
  }
}

function known(name: string, target: ProbeTarget): string | undefined {
  if (name === 'srname' || name === 'name') return target.component.name;
  return name === 'address' ? addressOf(target) : undefined;
}

function wrong(source: string, text: string, place?: SourcePlace): AttituneError {
  const message = `"${text}": the "${source}" begins no name such as $srname or \${port}; write $$ for a dollar.`;
  return new AttituneError('value', message, { place });
}
