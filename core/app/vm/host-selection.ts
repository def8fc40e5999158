import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  readDeployment,
  parseDeployment,
  type DeploymentReading,
} from '../../../diagrams/deployment/read-deployment.js';
import type { HostEntry } from '../../model/deployment.js';
import { AttituneError } from '../../model/errors.js';
import type { SelectedHosts } from './selected-hosts.js';

export type { SelectedHosts } from './selected-hosts.js';

/** The options of every command on hosts. */
export interface HostOptions {
  readonly hosts?: string;
  /** `URI` or `NAME=URI`. */
  readonly connect?: readonly string[];
  readonly lab?: boolean;
}

/** The environment variable that names a file of hosts. */
export const HOSTS_VARIABLE = 'ATTITUNE_HOSTS';
const THIS_MACHINE = 'qemu:///system';
const NAMED = /^([A-Za-z][A-Za-z0-9_-]*)=(.*)$/s;

/**
 * Which hosts a command is about: `--hosts`, `--connect` or `--lab`, else the file that `ATTITUNE_HOSTS` names, else this
 * machine's own libvirt. Throws `usage`, `value`, `duplicate-name`, or the errors of the file.
 */
export async function selectHosts(
  { hosts, connect = [], lab }: HostOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<SelectedHosts> {
  const given = [hosts !== undefined, connect.length > 0, lab === true].filter(Boolean).length;
  if (given > 1)
    throw new AttituneError('usage', 'Use one of --hosts, --connect and --lab: each says which hosts to use.');
  if (lab === true) {
    // what the lab is made of is a good part of all there is to load
    const { standingLab } = await import('./standing-lab.js');
    return { entries: await standingLab(), source: 'the lab', unsafe: true };
  }
  if (connect.length > 0) {
    const entries = connect.map((text) => entryOf(text));
    return { entries: distinct(entries), source: '--connect', unsafe: false };
  }
  const file = hosts ?? environment[HOSTS_VARIABLE];
  if (file) {
    const source = hosts === undefined ? `${file} (${HOSTS_VARIABLE})` : file;
    return { ...hostsOfFile(file), source, unsafe: false };
  }
  return { entries: [entryOf(`localhost=${THIS_MACHINE}`)], source: `this machine (${THIS_MACHINE})`, unsafe: false };
}

/** The libvirt hosts of a `*.deployment.xml`, a `*.hosts.xml` or a node file. Throws its errors, or `value` for none. */
export function hostsOfFile(file: string): Pick<SelectedHosts, 'entries' | 'migration'> {
  if (!existsSync(file)) {
    throw new AttituneError(
      'file-not-found',
      `There is no file ${file} of hosts. Name one with --hosts or ${HOSTS_VARIABLE}.`,
    );
  }
  const { deployment, errors } = file.endsWith('.deployment.xml') ? readDeployment(file) : readHostsFile(file);
  if (!deployment) throw new AggregateError(errors);
  const entries = deployment.hostFamilies
    .filter(({ hypervisor }) => hypervisor === 'libvirt')
    .flatMap((family) => family.hosts);
  if (entries.length === 0)
    throw new AttituneError(
      'value',
      `${file} names no host of hypervisor="libvirt", so no virtual machine can be there.`,
    );
  const { migration } = deployment;
  return { entries: distinct(entries), ...(migration && { migration }) };
}

/** An inventory is part of a family: here one of its own. */
function readHostsFile(file: string): DeploymentReading {
  const path = resolve(file);
  const inventory = path.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  const text = `<deployment xmlns="urn:attitune:deployment:1" name="hosts"><hosts family="hosts" hypervisor="libvirt" inventory="${inventory}"/></deployment>`;
  return parseDeployment(text, resolve(dirname(path), 'hosts'));
}

/** A host of `--connect`: `NAME=URI`, or a URI whose host is the name. Throws `value`. */
export function entryOf(text: string): HostEntry {
  const [, told, rest] = NAMED.exec(text) ?? [];
  const uri = rest ?? text;
  if (!URL.canParse(uri)) {
    throw new AttituneError('value', `"${text}" is no host: write URI or NAME=URI, such as qemu+tls://host1/system.`);
  }
  const name = told ?? (new URL(uri).hostname.replace(/^\[|\]$/g, '') || 'localhost');
  return { name, uri, attributes: {}, place: { file: '--connect', line: 1, column: 1 } };
}

function distinct(entries: readonly HostEntry[]): readonly HostEntry[] {
  const seen = new Set<string>();
  for (const { name, place } of entries) {
    if (seen.has(name))
      throw new AttituneError('duplicate-name', `Two hosts are called ${name}: give each a name of its own.`, {
        place,
      });
    seen.add(name);
  }
  return entries;
}
