/**
 * Certificates: an authority of one's own, what it issues, and the folder that holds both. libvirt's daemons and their
 * clients are told apart from strangers by them.
 *
 * `createAuthority` and `issueCertificate` make PEM texts and write nothing; `PkiFolder` keeps an authority on disk;
 * `readCertificate` tells what one says.
 */
export {
  AUTHORITY_DAYS,
  CERTIFICATE_DAYS,
  createAuthority,
  isHostName,
  issueCertificate,
  type AuthorityRequest,
  type CertificateRequest,
  type CertificateUsage,
  type Identity,
} from './authority.js';
export {
  commonName,
  EXPIRY_WARNING_DAYS,
  parseCertificate,
  readCertificate,
  usagesOf,
  validity,
  type CertificateFacts,
  type Validity,
} from './certificate.js';
export {
  CLIENT_FILES,
  clientFiles,
  HOST_FILES,
  hostFiles,
  PkiFolder,
  writePkiFiles,
  type Issued,
  type PkiFile,
  type StoredCertificate,
} from './pki-folder.js';
