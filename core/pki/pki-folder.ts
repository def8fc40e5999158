import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AttituneError } from '../model/errors.js';
import { createAuthority, isHostName, issueCertificate, type Identity } from './authority.js';
import { readCertificate, validity, type CertificateFacts, type Validity } from './certificate.js';

/** A certificate of a folder. */
export interface StoredCertificate extends CertificateFacts {
  readonly kind: 'authority' | 'host' | 'client';
  readonly file: string;
  readonly state: Validity;
}

export interface Issued {
  /** The folder with everything that its owner needs. */
  readonly folder: string;
  readonly certificate: StoredCertificate;
}

/** Where what a folder holds for a host stands below the host's `/etc/pki`: libvirt's own places. */
export const HOST_FILES = {
  authority: 'CA/cacert.pem',
  serverCertificate: 'libvirt/servercert.pem',
  serverKey: 'libvirt/private/serverkey.pem',
  clientCertificate: 'libvirt/clientcert.pem',
  clientKey: 'libvirt/private/clientkey.pem',
} as const;

/** The files of a client, all in one folder, as in `~/.pki/libvirt` and as libvirt's `pkipath` asks for them. */
export const CLIENT_FILES = {
  authority: 'cacert.pem',
  clientCertificate: 'clientcert.pem',
  clientKey: 'clientkey.pem',
} as const;

const AUTHORITY_CERTIFICATE = 'cacert.pem';
const AUTHORITY_KEY = 'cakey.pem';
const CLIENT_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$/;

/**
 * A certificate authority in a folder, with what it issued: `cacert.pem`, `cakey.pem` (which must never leave it),
 * `hosts/HOST/` laid out as the host's `/etc/pki`, and `clients/NAME/`. Keys are readable by their owner only.
 */
export class PkiFolder {
  private constructor(
    readonly folder: string,
    private readonly authority: Identity,
  ) {}

  /** Makes the authority. Rejects with `certificate` where the folder has one already: it is never replaced. */
  static async init(
    folder: string,
    request: { readonly name: string; readonly days?: number | undefined },
    now: Date,
  ): Promise<PkiFolder> {
    const authority = await createAuthority(request, now);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const key = join(folder, AUTHORITY_KEY);
    const certificate = join(folder, AUTHORITY_CERTIFICATE);
    if ((await textOf(certificate)) !== undefined) throw alreadyThere(certificate);
    await writeFile(key, authority.key, { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? alreadyThere(key) : unusable(key, error);
    });
    await writeFile(certificate, authority.certificate, { flag: 'wx' });
    return new PkiFolder(folder, authority);
  }

  /** Rejects with `certificate` where there is none, or its files cannot be read. */
  static async open(folder: string): Promise<PkiFolder> {
    const read = async (name: string) => {
      const file = join(folder, name);
      const text = await textOf(file);
      if (text !== undefined) return text;
      throw new AttituneError(
        'certificate',
        `${file} is missing: make a certificate authority with 'attitune pki init --dir ${folder}'.`,
      );
    };
    return new PkiFolder(folder, { certificate: await read(AUTHORITY_CERTIFICATE), key: await read(AUTHORITY_KEY) });
  }

  /** Issues what a host needs as server and as client; what it had is replaced, key and all. */
  async issueHost(
    host: string,
    options: { readonly alternatives?: readonly string[]; readonly days?: number | undefined },
    now: Date,
  ): Promise<Issued> {
    if (!isHostName(host))
      throw new AttituneError('value', `${JSON.stringify(host)} is neither a host name nor an IP address.`);
    const hosts = [...new Set([host, ...(options.alternatives ?? [])])];
    const made = await issueCertificate(
      this.authority,
      { name: host, hosts, usages: ['server', 'client'], days: options.days },
      now,
    );
    const folder = join(this.folder, 'hosts', host);
    await replaceFolder(folder, hostFiles(this.authority.certificate, made));
    return { folder, certificate: await stored('host', join(folder, HOST_FILES.serverCertificate), now) };
  }

  /** Issues what an administrator or a manager needs to reach hosts. */
  async issueClient(name: string, options: { readonly days?: number | undefined }, now: Date): Promise<Issued> {
    if (!CLIENT_NAME.test(name))
      throw new AttituneError(
        'value',
        `${JSON.stringify(name)} cannot be the name of a client: use letters, digits, spaces and . _ @ -.`,
      );
    const made = await issueCertificate(this.authority, { name, usages: ['client'], days: options.days }, now);
    const folder = join(this.folder, 'clients', name);
    await replaceFolder(folder, clientFiles(this.authority.certificate, made));
    return { folder, certificate: await stored('client', join(folder, CLIENT_FILES.clientCertificate), now) };
  }

  /** Every certificate, the authority's first. */
  async certificates(now: Date): Promise<readonly StoredCertificate[]> {
    const each = async (kind: 'host' | 'client', parent: string, file: string) => {
      const names = (await readdir(join(this.folder, parent)).catch(() => [])).filter((name) => !name.startsWith('.'));
      return Promise.all(names.sort().map((name) => stored(kind, join(this.folder, parent, name, file), now)));
    };
    return [
      await stored('authority', join(this.folder, AUTHORITY_CERTIFICATE), now),
      ...(await each('host', 'hosts', HOST_FILES.serverCertificate)),
      ...(await each('client', 'clients', CLIENT_FILES.clientCertificate)),
    ];
  }
}

/** One of the files that {@link replaceFolder} writes, with its path below the folder. */
export interface PkiFile {
  readonly path: string;
  readonly content: string;
  readonly secret: boolean;
}

/** What a libvirt host needs, below its `/etc/pki`. */
export function hostFiles(authority: string, { certificate, key }: Identity): readonly PkiFile[] {
  return [
    { path: HOST_FILES.authority, content: authority, secret: false },
    { path: HOST_FILES.serverCertificate, content: certificate, secret: false },
    { path: HOST_FILES.serverKey, content: key, secret: true },
    { path: HOST_FILES.clientCertificate, content: certificate, secret: false },
    { path: HOST_FILES.clientKey, content: key, secret: true },
  ];
}

/** What a libvirt client needs, in one folder. */
export function clientFiles(authority: string, { certificate, key }: Identity): readonly PkiFile[] {
  return [
    { path: CLIENT_FILES.authority, content: authority, secret: false },
    { path: CLIENT_FILES.clientCertificate, content: certificate, secret: false },
    { path: CLIENT_FILES.clientKey, content: key, secret: true },
  ];
}

/** Writes files below a folder; keys and the folders that hold them are for their owner only. */
export async function writePkiFiles(folder: string, files: readonly PkiFile[]): Promise<void> {
  for (const { path, content, secret } of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    if (secret && path.includes('private/')) await chmod(dirname(file), 0o700);
    await writeFile(file, content, { mode: secret ? 0o600 : 0o644 });
  }
}

/** Certificate and key are replaced together: a reader finds the old pair or the new one. */
async function replaceFolder(folder: string, files: readonly PkiFile[]): Promise<void> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  const fresh = await mkdtemp(join(dirname(folder), '.new-'));
  try {
    await writePkiFiles(fresh, files);
    const old = `${fresh}-old`;
    const had = await rename(folder, old).then(
      () => true,
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw unusable(folder, error);
      },
    );
    await rename(fresh, folder);
    if (had) await rm(old, { recursive: true });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function stored(kind: StoredCertificate['kind'], file: string, now: Date): Promise<StoredCertificate> {
  const text = await textOf(file);
  if (text === undefined) throw new AttituneError('certificate', `${file} is missing: issue that certificate anew.`);
  const facts = readCertificate(text, file);
  return { ...facts, kind, file, state: validity(facts, now) };
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(file, error);
  });
}

function alreadyThere(file: string): AttituneError {
  return new AttituneError(
    'certificate',
    `${file} is there already, and is not replaced, since every certificate that was issued would be lost with it: ` +
      'choose another folder, or remove it yourself.',
  );
}

function unusable(file: string, error: unknown): AttituneError {
  return AttituneError.from(error, 'certificate', `${file} cannot be used`);
}
