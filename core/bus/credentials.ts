import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AttituneError } from '../model/errors.js';
import { CLIENT_FILES, HOST_FILES, readCertificate, validity } from '../pki/index.js';

/** A certificate of one's own and the authority whose certificates one trusts, as PEM. */
export interface Credentials {
  /** The common name: with certificates, the name of the member. */
  readonly name: string;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

interface Layout {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Where a folder may have them: as a client's (`attitune pki issue --client`), or as a host's `/etc/pki`. */
const LAYOUTS: Readonly<Record<'client' | 'server', readonly Layout[]>> = {
  client: [
    { authority: CLIENT_FILES.authority, certificate: CLIENT_FILES.clientCertificate, key: CLIENT_FILES.clientKey },
    { authority: HOST_FILES.authority, certificate: HOST_FILES.clientCertificate, key: HOST_FILES.clientKey },
  ],
  server: [{ authority: HOST_FILES.authority, certificate: HOST_FILES.serverCertificate, key: HOST_FILES.serverKey }],
};

const ISSUE: Readonly<Record<'client' | 'server', string>> = {
  client: "a client's (attitune pki issue --client NAME) or a host's (attitune pki issue HOST)",
  server: "a host's (attitune pki issue HOST)",
};

/**
 * Reads what a folder of `attitune pki issue` holds, or a host's `/etc/pki`. Rejects with `certificate` where something
 * is missing, cannot be read, has expired, or is not for that use.
 */
export async function readCredentials(folder: string, use: 'client' | 'server', now: Date): Promise<Credentials> {
  for (const layout of LAYOUTS[use]) {
    const certificate = await textOf(join(folder, layout.certificate));
    if (certificate === undefined) continue;
    const [authority, key] = await Promise.all([
      required(join(folder, layout.authority)),
      required(join(folder, layout.key)),
    ]);
    const file = join(folder, layout.certificate);
    const facts = readCertificate(certificate, file);
    const state = validity(facts, now);
    if (state === 'expired' || state === 'not-yet-valid')
      throw new AttituneError(
        'certificate',
        `${file} is ${state === 'expired' ? 'expired' : 'not yet valid'} (valid from ${day(facts.validFrom)} to ${day(facts.validTo)}): issue it anew with attitune pki issue.`,
      );
    if (!facts.usages.includes(use))
      throw new AttituneError('certificate', `${file} is not for a ${use}: take ${ISSUE[use]}.`);
    return { name: facts.name, authority, certificate, key };
  }
  const [first] = LAYOUTS[use];
  throw new AttituneError(
    'certificate',
    `${join(folder, first?.certificate ?? '')} is missing: name a folder of attitune pki issue, ${ISSUE[use]}.`,
  );
}

async function required(file: string): Promise<string> {
  const text = await textOf(file);
  if (text !== undefined) return text;
  throw new AttituneError('certificate', `${file} is missing: copy the whole folder that attitune pki issue made.`);
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw AttituneError.from(error, 'certificate', `${file} cannot be read`);
  });
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
