import { posix } from 'node:path';
import type { BalancerMember } from '../simulated/balancer.js';
import type { FileTree } from '../simulated/file-tree.js';

/** What the simulated Apache takes from its configuration. */
export interface ApacheDirectives {
  readonly ports: readonly number[];
  readonly pidFile: string;
  /** By name, without `balancer://`. */
  readonly balancers: ReadonlyMap<string, readonly BalancerMember[]>;
  /** Path prefixes in their order, with a balancer's name, a single back end, or `undefined` for a path that is not passed on. */
  readonly passes: readonly { readonly prefix: string; readonly to: string | BalancerMember | undefined }[];
  /** Paths that a handler of Apache's own answers. */
  readonly locations: readonly string[];
  /** Paths that are answered by a status alone. */
  readonly redirects: readonly { readonly matches: (path: string) => boolean; readonly status: number }[];
}

/** A configuration that Apache would refuse; `message` is what it would print. */
export class DirectiveFault extends Error {}

interface Reading {
  readonly files: FileTree;
  readonly variables: Map<string, string>;
  serverRoot: string;
  readonly ports: number[];
  pidFile: string;
  readonly balancers: Map<string, BalancerMember[]>;
  readonly passes: { prefix: string; to: string | BalancerMember | undefined }[];
  readonly locations: string[];
  readonly redirects: { matches: (path: string) => boolean; status: number }[];
  /** Whether responses tell which member answered. */
  tellsWorker: boolean;
}

type Directive = (reading: Reading, args: readonly string[], sections: readonly Section[]) => void;

interface Section {
  readonly name: string;
  readonly argument: string;
}

/** Directives that change what the simulation does, by lower-case name; Apache ignores case there, and so others are skipped. */
const DIRECTIVES: Readonly<Record<string, Directive>> = {
  serverroot: (reading, [path = '']) => (reading.serverRoot = path),
  define: ({ variables }, [name = '', value = '']) => variables.set(name, value),
  pidfile: (reading, [path = '']) => (reading.pidFile = posix.resolve(reading.serverRoot, path)),
  listen: ({ ports }, [where = '']) => {
    const port = Number(/(\d+)$/.exec(where)?.[1]);
    if (!(port > 0 && port < 65_536)) throw new DirectiveFault(`Invalid address or port: Listen ${where}`);
    ports.push(port);
  },
  include: (reading, [path = '']) => include(reading, path, true),
  includeoptional: (reading, [path = '']) => include(reading, path, false),
  balancermember: ({ balancers }, args, sections) => {
    const proxy = sections.findLast((section) => section.name === 'proxy')?.argument;
    const [name, url = '', ...parameters] = args[0]?.startsWith('balancer:') ? args : [proxy ?? '', ...args];
    const balancer = balancerName(name ?? '');
    if (balancer === undefined) throw new DirectiveFault(`BalancerMember ${url} is in no <Proxy "balancer://...">`);
    balancers.set(balancer, [...(balancers.get(balancer) ?? []), member(url, parameters)]);
  },
  proxypass: ({ passes }, args, sections) => {
    const location = sections.findLast((section) => section.name === 'location')?.argument;
    const [prefix = '/', to = '', ...parameters] = location === undefined ? args : [location, ...args];
    passes.push({ prefix, to: to === '!' ? undefined : (balancerName(to) ?? member(to, parameters)) });
  },
  header: (reading, args) => {
    if (args.some((arg) => arg.toLowerCase() === 'x-worker')) reading.tellsWorker = true;
  },
  redirect: ({ redirects }, [status = '', prefix = '']) => {
    if (/^\d+$/.test(status)) redirects.push({ status: Number(status), matches: (path) => path.startsWith(prefix) });
  },
  redirectmatch: ({ redirects }, [status = '', pattern = '']) => {
    if (!/^\d+$/.test(status)) return;
    const expression = new RegExp(pattern);
    redirects.push({ status: Number(status), matches: (path) => expression.test(path) });
  },
  sethandler: ({ locations }, _, sections) => {
    const location = sections.findLast((section) => section.name === 'location')?.argument;
    if (location !== undefined) locations.push(location);
  },
};

/** Reads a configuration as Apache does when it starts or reloads. Throws {@link DirectiveFault}. */
export function readDirectives(files: FileTree, path: string, env: Readonly<Record<string, string>>): ApacheDirectives {
  const reading: Reading = {
    files,
    variables: new Map(Object.entries(env)),
    serverRoot: '/etc/apache2',
    ports: [],
    pidFile: '/var/run/apache2.pid',
    balancers: new Map(),
    passes: [],
    locations: [],
    redirects: [],
    tellsWorker: false,
  };
  include(reading, path, true);
  if (reading.ports.length === 0) throw new DirectiveFault('no listening sockets available, shutting down');
  if (!reading.tellsWorker)
    for (const [name, members] of reading.balancers) reading.balancers.set(name, members.map(unnamed));
  return reading;
}

function include(reading: Reading, path: string, required: boolean): void {
  const full = posix.resolve(reading.serverRoot, path);
  const pattern = new RegExp(`^${full.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`);
  const folder = posix.dirname(full.split('*')[0] ?? full);
  const matching = full.includes('*') ? reading.files.under(folder).filter((file) => pattern.test(file)) : [full];
  for (const file of matching) {
    const text = reading.files.read(file);
    if (text !== undefined) lines(reading, text, file);
    else if (required) throw new DirectiveFault(`Could not open configuration file ${file}: No such file or directory`);
  }
}

function lines(reading: Reading, text: string, file: string): void {
  const sections: Section[] = [];
  for (const raw of text.replace(/\\\n/g, ' ').split('\n')) {
    const line = raw.trim().replace(/\$\{([^}]+)\}/g, (whole, name: string) => reading.variables.get(name) ?? whole);
    const [, closing, section, rest = ''] = /^<(\/?)(\w+)\s*([^>]*)>$/.exec(line) ?? [];
    if (line === '' || line.startsWith('#')) continue;
    if (section === undefined) {
      const [name = '', ...args] = words(line);
      DIRECTIVES[name.toLowerCase()]?.(reading, args, sections);
    } else if (closing === '') {
      sections.push({ name: section.toLowerCase(), argument: words(rest)[0] ?? '' });
    } else if (sections.pop()?.name !== section.toLowerCase()) {
      throw new DirectiveFault(`Syntax error in ${file}: </${section}> without matching <${section}> section`);
    }
  }
  const [open] = sections;
  if (open) throw new DirectiveFault(`Syntax error in ${file}: <${open.name}> was not closed`);
}

/** Words of a line; quotes hold together what has spaces. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}

function unnamed(member: BalancerMember): BalancerMember {
  const { route, ...rest } = member;
  return route === undefined ? member : rest;
}

function balancerName(url: string): string | undefined {
  return /^balancer:\/\/([^/]+)\/?/.exec(url)?.[1];
}

function member(url: string, parameters: readonly string[]): BalancerMember {
  const [, address, port = '80'] = /^http:\/\/([^/:]+)(?::(\d+))?(?:\/.*)?$/.exec(url) ?? [];
  if (address === undefined) throw new DirectiveFault(`Unable to parse URL: ${url}`);
  const settings = new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string]));
  const [route, factor, retry] = [settings.get('route'), settings.get('loadfactor'), settings.get('retry')];
  return {
    address,
    port: Number(port),
    ...(route === undefined ? {} : { route }),
    ...(factor === undefined ? {} : { factor: Number(factor) }),
    ...(retry === undefined ? {} : { retryMs: 1000 * Number(retry) }),
  };
}
