/** The options of libvirt's connection URIs: which transport takes which, and what values they have. */
import type { AttituneError } from '../../core/model/errors.js';
import type { Transport } from './endpoint.js';

export interface UriOptions {
  readonly socket?: string;
  readonly mode?: 'auto' | 'legacy' | 'direct';
  readonly pkipath?: string;
  readonly no_verify?: '0' | '1';
  readonly no_tty?: '1';
  readonly command?: string;
  readonly keyfile?: string;
  readonly known_hosts?: string;
  readonly known_hosts_verify?: 'normal' | 'auto' | 'ignore';
  readonly netcat?: string;
  readonly proxy?: 'auto' | 'native' | 'netcat';
}

export type Refusal = (what: string) => AttituneError;

interface OptionRule {
  readonly transports: readonly Transport[];
  /** The values that there are, or the form of any. */
  readonly values: readonly string[] | 'absolute path' | 'program';
}

const RULES: Readonly<Record<keyof UriOptions, OptionRule>> = {
  socket: { transports: ['unix', 'ssh'], values: 'absolute path' },
  mode: { transports: ['unix'], values: ['auto', 'legacy', 'direct'] },
  pkipath: { transports: ['tls'], values: 'absolute path' },
  no_verify: { transports: ['tls', 'ssh'], values: ['0', '1'] },
  // nobody is there to be asked, so that it is always so
  no_tty: { transports: ['ssh'], values: ['1'] },
  command: { transports: ['ssh'], values: 'program' },
  keyfile: { transports: ['ssh'], values: 'absolute path' },
  known_hosts: { transports: ['ssh'], values: 'absolute path' },
  known_hosts_verify: { transports: ['ssh'], values: ['normal', 'auto', 'ignore'] },
  netcat: { transports: ['ssh'], values: 'program' },
  proxy: { transports: ['ssh'], values: ['auto', 'native', 'netcat'] },
};

/** Reads `?name=value&…`. What is not understood is refused by its name, never passed over. */
export function readOptions(search: string, transport: Transport, refuse: Refusal): UriOptions {
  const options: Record<string, string> = {};
  for (const part of search.slice(1).split('&').filter(Boolean)) {
    const [name = '', ...rest] = part.split('=');
    if (!Object.hasOwn(RULES, name)) throw refuse(`the option "${name}" is unknown`);
    const { transports, values } = RULES[name as keyof UriOptions];
    if (!transports.includes(transport)) throw refuse(`the transport ${transport} has no option "${name}"`);
    if (Object.hasOwn(options, name)) throw refuse(`the option "${name}" is given twice`);
    const value = decoded(rest.join('='), name, refuse);
    const fault = faultOf(value, values);
    if (fault) throw refuse(`the option "${name}" ${fault}`);
    options[name] = value;
  }
  return options;
}

function decoded(text: string, name: string, refuse: Refusal): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse(`the option "${name}" is not encoded well`);
  }
}

function faultOf(value: string, values: OptionRule['values']): string | undefined {
  if (/[\u0000-\u001f"]/.test(value)) return 'has a control character, a zero byte or a quotation mark';
  if (typeof values !== 'string') return values.includes(value) ? undefined : `must be ${values.join(' or ')}`;
  if (values === 'absolute path') return value.startsWith('/') ? undefined : 'must be an absolute path';
  return value === '' || value.startsWith('-') ? 'must be the name or path of a program' : undefined;
}
