import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLIENT_FILES, readCertificate } from '../../core/pki/index.js';
import { commandOf } from '../machine/processes.js';
import { SystemClock } from '../../core/model/clock.js';
import { findCgroupTree, type HostCgroup } from './host/cgroup.js';
import { labLinks, labNamespaces } from './host/network.js';
import { ImageStore } from '../vm/image/image-store.js';
import { labPaths } from './lab-paths.js';
import { LabLock, type LabOwner } from './life/lab-lock.js';
import { LabRecordFile } from './life/lab-state.js';
import { MachinePrograms } from '../machine/programs.js';

/** What there is of a lab on this machine. */
export interface LabStatus {
  /** `down`: nothing. `up`: a process runs it. `kept`: `lab up` left it. `left`: remains of a process that ended badly. */
  readonly state: 'down' | 'up' | 'kept' | 'left';
  readonly owner?: LabOwner;
  readonly subnet?: string;
  readonly hosts: readonly LabHostStatus[];
  readonly guests: Readonly<Record<string, { readonly address: string; readonly mac: string }>>;
  readonly namespaces: readonly string[];
  readonly links: readonly string[];
  readonly images: readonly { readonly name: string; readonly key: string }[];
  /** Until when the manager's certificate is valid, as an ISO date; absent: there is none. */
  readonly certificateUntil?: string;
}

export interface LabHostStatus {
  readonly name: string;
  readonly address?: string;
  readonly uri?: string;
  readonly processes: readonly number[];
  /** Whether the host's lock manager runs: without it nothing keeps a disk from being used twice. */
  readonly lockManager: boolean;
  /** Names of the VMs whose QEMU runs there. */
  readonly domains: readonly string[];
  /** In CPUs; absent: no limit. */
  readonly cpuLimit?: number;
}

/** Reads names, cgroups and files only: it works whatever state the lab is in. */
export async function labStatus(): Promise<LabStatus> {
  const programs = new MachinePrograms();
  const paths = labPaths();
  const lock = await new LabLock(paths.run, new SystemClock()).state();
  const record = await new LabRecordFile(paths.run).read();
  const groups = await existingGroups();
  const hosts = await Promise.all(
    groups.map(async (group): Promise<LabHostStatus> => {
      const plan = record?.plan.hosts.find(({ name }) => name === group.host);
      const processes = await group.processes();
      const limit = await group.limited().catch(() => undefined);
      return {
        name: group.host,
        ...(plan ? { address: plan.address, uri: plan.uri } : {}),
        processes,
        lockManager: (await Promise.all(processes.map(commandOf))).some((command) => /^virtlockd\b/.test(command)),
        domains: (await Promise.all(processes.map(domainOf))).filter((name) => name !== undefined),
        ...(limit === undefined ? {} : { cpuLimit: limit }),
      };
    }),
  );
  const [namespaces, links] = await Promise.all([
    labNamespaces(programs).catch(() => []),
    labLinks(programs).catch(() => []),
  ]);
  const images = await new ImageStore(programs, paths).list();
  const certificate = await certificateUntil(paths.pki);
  const something = hosts.length > 0 || namespaces.length > 0 || links.length > 0 || lock.state === 'dead';
  return {
    state: lock.state === 'held' ? 'up' : lock.state === 'kept' && something ? 'kept' : something ? 'left' : 'down',
    ...('owner' in lock ? { owner: lock.owner } : {}),
    ...(record ? { subnet: record.plan.subnet.text } : {}),
    hosts,
    guests: record?.guests ?? {},
    namespaces,
    links,
    images: images.map(({ name, key }) => ({ name, key })),
    ...(certificate === undefined ? {} : { certificateUntil: certificate }),
  };
}

async function certificateUntil(folder: string): Promise<string | undefined> {
  const file = join(folder, CLIENT_FILES.clientCertificate);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : readCertificate(text, file).validTo.toISOString();
}

async function existingGroups(): Promise<readonly HostCgroup[]> {
  try {
    return await findCgroupTree().existing();
  } catch {
    return [];
  }
}

/** The domain of a QEMU process that libvirt started: `-name guest=NAME,…`. */
async function domainOf(pid: number): Promise<string | undefined> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  const name = words[words.indexOf('-name') + 1];
  return /qemu/.test(words[0] ?? '') ? /^guest=([^,]+)/.exec(name ?? '')?.[1] : undefined;
}
