import { X509Certificate } from 'node:crypto';
import { AttituneError } from '../model/errors.js';

/** What a certificate says, for people. */
export interface CertificateFacts {
  /** Its common name, or its whole subject where it has none. */
  readonly name: string;
  readonly issuer: string;
  /** Host names and addresses that it stands for. */
  readonly hosts: readonly string[];
  readonly usages: readonly ('authority' | 'server' | 'client')[];
  readonly validFrom: Date;
  readonly validTo: Date;
  /** SHA-256 of the certificate. */
  readonly fingerprint: string;
}

/** Reads the first certificate of a PEM text. Throws `certificate` for what is none; `place` names it in the message. */
export function readCertificate(pem: string, place: string): CertificateFacts {
  const certificate = parseCertificate(pem, place);
  return {
    name: commonName(certificate.subject),
    issuer: commonName(certificate.issuer),
    hosts: alternativeNames(certificate),
    usages: usagesOf(certificate),
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    fingerprint: certificate.fingerprint256,
  };
}

export function parseCertificate(pem: string, place: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new AttituneError('certificate', `${place} holds no certificate that can be read (PEM is expected).`, {
      cause: error,
    });
  }
}

export type Validity = 'valid' | 'expires-soon' | 'expired' | 'not-yet-valid';

/** From so many days before its end on a certificate counts as expiring soon. */
export const EXPIRY_WARNING_DAYS = 30;

export function validity({ validFrom, validTo }: Pick<CertificateFacts, 'validFrom' | 'validTo'>, now: Date): Validity {
  if (now < validFrom) return 'not-yet-valid';
  if (now >= validTo) return 'expired';
  return validTo.getTime() - now.getTime() < EXPIRY_WARNING_DAYS * 86_400_000 ? 'expires-soon' : 'valid';
}

/** The common name of a subject as Node writes it: a line per attribute. */
export function commonName(subject: string | undefined): string {
  return /^CN=(.*)$/m.exec(subject ?? '')?.[1] ?? (subject ?? '').replaceAll('\n', ', ');
}

/** As `DNS:host1, IP Address:10.0.0.1`; a value with a comma of its own is quoted, and stands for no host. */
function alternativeNames({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return subjectAltName.split(', ').flatMap((entry) => /^(?:DNS|IP Address):([^"]+)$/.exec(entry)?.[1] ?? []);
}

/** Object identifiers of RFC 5280, 4.2.1.12. */
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** What it may be used for: one that may be a server is a host's, see `PkiFolder`. Without extended key usage it may be any. */
export function usagesOf(certificate: X509Certificate): CertificateFacts['usages'] {
  if (certificate.ca) return ['authority'];
  // absent: any; the types say that it always is there
  const extended = (certificate.keyUsage as string[] | undefined) ?? [SERVER_AUTH, CLIENT_AUTH];
  return [
    ...(extended.includes(SERVER_AUTH) ? (['server'] as const) : []),
    ...(extended.includes(CLIENT_AUTH) ? (['client'] as const) : []),
  ];
}
