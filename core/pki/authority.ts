// the library below asks for it
import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { AttituneError } from '../model/errors.js';

/** A certificate and its private key (PKCS #8), both as PEM text. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

export interface AuthorityRequest {
  /** Its common name. */
  readonly name: string;
  /** Default {@link AUTHORITY_DAYS}. */
  readonly days?: number | undefined;
}

/** What a certificate may be used for in TLS. A host that migrates from peer to peer is both. */
export type CertificateUsage = 'server' | 'client';

export interface CertificateRequest {
  /** Its common name. */
  readonly name: string;
  /** Host names and IP addresses that it stands for: its subject alternative names. */
  readonly hosts?: readonly string[];
  readonly usages: readonly CertificateUsage[];
  /** Default {@link CERTIFICATE_DAYS}; it never outlives its authority. */
  readonly days?: number | undefined;
}

export const AUTHORITY_DAYS = 3650;
export const CERTIFICATE_DAYS = 730;
const MAX_DAYS = 36_500;
const DAY_MS = 86_400_000;
/** Certificates are valid from a little before they were made, since the clocks of hosts differ. */
const BACKDATED_MS = 3_600_000;

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const USAGES: Readonly<Record<CertificateUsage, x509.ExtendedKeyUsage>> = {
  server: x509.ExtendedKeyUsage.serverAuth,
  client: x509.ExtendedKeyUsage.clientAuth,
};

/** Makes a certificate authority with a new ECDSA key on P-256. Throws `value` for a name or time that cannot be. */
export async function createAuthority({ name, days }: AuthorityRequest, now: Date): Promise<Identity> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: distinguishedName(name),
      notBefore: new Date(now.getTime() - BACKDATED_MS),
      notAfter: after(now, days ?? AUTHORITY_DAYS),
      keys,
      signingAlgorithm: ECDSA,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, cryptography),
      ],
    },
    cryptography,
  );
  return identity(certificate, keys);
}

/**
 * Issues a certificate with a new key. Throws `value` for a name, address or time that cannot be, and `certificate`
 * where the authority itself has expired or its key does not fit.
 *
 * It has no key usage extension, which means any: libvirt (9.0) warns at each connection where one lacks key encipherment,
 * which RFC 8813 forbids for keys on elliptic curves. What it is for stands in the extended key usage.
 */
export async function issueCertificate(
  authority: Identity,
  { name, hosts = [], usages, days }: CertificateRequest,
  now: Date,
): Promise<Identity> {
  const issuer = readIssuer(authority, now);
  const signingKey = await importKey(authority.key);
  const keys = await newKeys();
  const wanted = after(now, days ?? CERTIFICATE_DAYS);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: distinguishedName(name),
      issuer: issuer.subjectName,
      notBefore: new Date(Math.max(now.getTime() - BACKDATED_MS, issuer.notBefore.getTime())),
      notAfter: wanted < issuer.notAfter ? wanted : issuer.notAfter,
      publicKey: keys.publicKey,
      signingKey: signingKey.key,
      signingAlgorithm: signingKey.algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension(usages.map((usage) => USAGES[usage])),
        ...(hosts.length > 0 ? [new x509.SubjectAlternativeNameExtension(hosts.map(alternativeName))] : []),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, cryptography),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, cryptography),
      ],
    },
    cryptography,
  );
  return identity(certificate, keys);
}

const cryptography = webcrypto;

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return cryptography.subtle.generateKey(ECDSA, true, ['sign', 'verify']);
}

async function identity(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair): Promise<Identity> {
  const key = await cryptography.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: `${certificate.toString('pem')}\n`, key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n` };
}

function readIssuer(authority: Identity, now: Date): x509.X509Certificate {
  const issuer = new x509.X509Certificate(authority.certificate);
  if (issuer.notAfter > now) return issuer;
  throw new AttituneError(
    'certificate',
    `The certificate authority (${issuer.subject}) expired on ${issuer.notAfter.toISOString()}: make a new one with ` +
      `'attitune pki init', and issue every certificate anew.`,
  );
}

/** A key of our own, or one of another tool's: ECDSA or RSA. */
async function importKey(pem: string): Promise<{ key: webcrypto.CryptoKey; algorithm: webcrypto.Algorithm }> {
  const key = createPrivateKey(pem);
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  const algorithm =
    key.asymmetricKeyType === 'ec'
      ? { ...ECDSA, namedCurve: namedCurve === 'secp384r1' ? 'P-384' : 'P-256' }
      : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const der = key.export({ type: 'pkcs8', format: 'der' });
  return { key: await cryptography.subtle.importKey('pkcs8', der, algorithm, false, ['sign']), algorithm };
}

/** Letters of any script, and what names of people, hosts and organisations hold besides. */
const COMMON_NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .,:;@_'()&+-]{0,63}$/u;

function distinguishedName(name: string): x509.JsonName {
  if (COMMON_NAME.test(name)) return [{ CN: [name] }];
  throw new AttituneError(
    'value',
    `${JSON.stringify(name)} cannot be the name in a certificate: it begins with a letter or digit and has at most 64 characters.`,
  );
}

/** RFC 1123: labels of letters, digits and hyphens. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** Whether a text can stand for a host in a certificate: a host name or an IP address. */
export function isHostName(text: string): boolean {
  return isIP(text) !== 0 || HOST_NAME.test(text);
}

function alternativeName(host: string): x509.JsonGeneralNames[number] {
  if (isIP(host)) return { type: 'ip', value: host };
  if (isHostName(host)) return { type: 'dns', value: host };
  throw new AttituneError('value', `${JSON.stringify(host)} is neither a host name nor an IP address.`);
}

function after(now: Date, days: number): Date {
  if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return new Date(now.getTime() + days * DAY_MS);
  throw new AttituneError('value', `A certificate cannot be valid for ${days} days: use 1 to ${MAX_DAYS}.`);
}
