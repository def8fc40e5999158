/** What a client of the transport tls shows and trusts: where its files are, and whether they can work at all. */
import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AttituneError } from '../../../core/model/errors.js';
import { commonName, parseCertificate, validity } from '../../../core/pki/certificate.js';

interface PemFile {
  readonly file: string;
  readonly text: string;
}

export interface TlsCredentials {
  readonly authority: PemFile & { readonly certificates: readonly X509Certificate[] };
  readonly certificate: PemFile & { readonly certificate: X509Certificate };
  readonly key: PemFile;
  /** Absent: the authority has revoked nothing. */
  readonly revocations?: PemFile;
}

export interface CredentialFiles {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  readonly revocations: string;
}

/** Where libvirt's own clients look when nobody says anything else. */
const SYSTEM: CredentialFiles = {
  authority: '/etc/pki/CA/cacert.pem',
  certificate: '/etc/pki/libvirt/clientcert.pem',
  key: '/etc/pki/libvirt/private/clientkey.pem',
  revocations: '/etc/pki/CA/cacrl.pem',
};

function filesIn(folder: string): CredentialFiles {
  return {
    authority: join(folder, 'cacert.pem'),
    certificate: join(folder, 'clientcert.pem'),
    key: join(folder, 'clientkey.pem'),
    revocations: join(folder, 'cacrl.pem'),
  };
}

/**
 * The files of a client: those of `pkipath`; else those of the user, except root, and where they are missing those of
 * the machine. Certificate and key are taken from the same place.
 */
export function credentialFiles(
  pkipath: string | undefined,
  user: { readonly root: boolean; readonly home: string } = { root: process.getuid?.() === 0, home: homedir() },
  exists: (path: string) => boolean = existsSync,
): CredentialFiles {
  if (pkipath !== undefined) return filesIn(pkipath);
  if (user.root) return SYSTEM;
  const own = filesIn(join(user.home, '.pki/libvirt'));
  const pair = exists(own.certificate) && exists(own.key) ? own : SYSTEM;
  return {
    authority: exists(own.authority) ? own.authority : SYSTEM.authority,
    certificate: pair.certificate,
    key: pair.key,
    revocations: exists(own.revocations) ? own.revocations : SYSTEM.revocations,
  };
}

/** Reads and checks a client's files. Rejects with `certificate`, naming the file and what to do about it. */
export async function readCredentials(pkipath: string | undefined, now = new Date()): Promise<TlsCredentials> {
  const files = credentialFiles(pkipath);
  const authority = await read(files.authority, 'the certificate of the authority', "the authority's cacert.pem");
  const hint = "the files that 'attitune pki issue --client NAME' makes";
  const certificate = await read(files.certificate, 'our client certificate', hint);
  const key = await read(files.key, 'the key of our client certificate', hint);
  const revocations = existsSync(files.revocations)
    ? await read(files.revocations, 'the revocation list', 'a file that can be read')
    : undefined;
  const own = parseCertificate(certificate.text, certificate.file);
  checkDates(
    own,
    certificate.file,
    'our client certificate',
    "issue it anew with 'attitune pki issue --client NAME'",
    now,
  );
  checkKey(own, certificate.file, key);
  const certificates = parseBundle(authority);
  // a bundle may keep an old authority beside the new one
  if (!certificates.some((each) => ['valid', 'expires-soon'].includes(validity(datesOf(each), now))))
    checkDates(
      certificates[0] as X509Certificate,
      authority.file,
      'the authority',
      'make a new one, and issue all certificates anew',
      now,
    );
  return {
    authority: { ...authority, certificates },
    certificate: { ...certificate, certificate: own },
    key,
    ...(revocations ? { revocations } : {}),
  };
}

async function read(file: string, what: string, wanted: string): Promise<PemFile> {
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message =
      code === 'ENOENT'
        ? `${file} is missing (${what}): put there ${wanted}, or name their folder with ?pkipath=.`
        : `${file} (${what}) cannot be read: ${(error as Error).message}.`;
    throw new AttituneError('certificate', message, { cause: error });
  }
}

function parseBundle({ file, text }: PemFile): readonly X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [text];
  return blocks.map((block) => parseCertificate(block, file));
}

export function datesOf({ validFrom, validTo }: Pick<X509Certificate, 'validFrom' | 'validTo'>) {
  return { validFrom: new Date(validFrom), validTo: new Date(validTo) };
}

function checkDates(certificate: X509Certificate, file: string, what: string, remedy: string, now: Date): void {
  const dates = datesOf(certificate);
  const state = validity(dates, now);
  const name = commonName(certificate.subject);
  if (state === 'expired')
    throw new AttituneError(
      'certificate',
      `${file} (${what}, "${name}") expired on ${dates.validTo.toISOString()}: ${remedy}.`,
    );
  if (state === 'not-yet-valid')
    throw new AttituneError(
      'certificate',
      `${file} (${what}, "${name}") is valid only from ${dates.validFrom.toISOString()} on: check the clock of this machine.`,
    );
}

function checkKey(certificate: X509Certificate, file: string, key: PemFile): void {
  let fits: boolean;
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(key.text));
  } catch (error) {
    throw new AttituneError(
      'certificate',
      `${key.file} holds no private key that can be read (PEM without a password is expected).`,
      {
        cause: error,
      },
    );
  }
  if (!fits)
    throw new AttituneError(
      'certificate',
      `The key ${key.file} does not belong to the certificate ${file}: put both there as they were issued.`,
    );
}
