import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clientFiles, createAuthority, hostFiles, issueCertificate, writePkiFiles } from '../../../core/pki/index.js';
import type { LabPlan } from '../lab-plan.js';

/** As named in the `libvirtd.conf` of a host. */
export const SERVER_FILES = { certificate: 'servercert.pem', key: 'serverkey.pem' } as const;

const DAYS = 365;

/** Below the lab's folder of certificates: those of a host, for a hub that the manager has in the lab. */
export const MANAGER_SERVER = 'manager';

/**
 * Makes an authority for one lab, and what it issues: the manager's certificate in `folder`, a client's, which may give
 * commands on a bus; a host's for its hub in `manager` below it; the hosts' in `hosts/NAME`, each for the host's name and address. Hosts are clients, too, since the
 * one that a VM leaves calls the other. The key of the authority is never written, so that no more can be issued.
 */
export async function writeLabCertificates(plan: LabPlan, folder: string, now: Date): Promise<void> {
  const authority = await createAuthority({ name: 'AttiTUNe lab', days: DAYS }, now);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = ['manager', plan.managerAddress];
  const usages = ['server', 'client'] as const;
  const manager = await issueCertificate(authority, { name: 'manager', usages: ['client'], days: DAYS }, now);
  await writePkiFiles(folder, clientFiles(authority.certificate, manager));
  const hub = await issueCertificate(authority, { name: 'manager', hosts: names, usages, days: DAYS }, now);
  await writePkiFiles(join(folder, MANAGER_SERVER), hostFiles(authority.certificate, hub));
  for (const { name, address } of plan.hosts) {
    const request = { name, hosts: [name, address], usages, days: DAYS };
    const issued = await issueCertificate(authority, request, now);
    await writePkiFiles(join(folder, 'hosts', name), [
      ...clientFiles(authority.certificate, issued),
      { path: SERVER_FILES.certificate, content: issued.certificate, secret: false },
      { path: SERVER_FILES.key, content: issued.key, secret: true },
    ]);
  }
}
