/** What is wrong where one side of the transport tls does not accept the other's certificate, and what to do. */
import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from 'node:tls';
import { AttituneError } from '../../../core/model/errors.js';
import { commonName, validity } from '../../../core/pki/certificate.js';
import type { TlsEndpoint } from '../endpoint.js';
import { datesOf, type TlsCredentials } from './tls-credentials.js';

interface Facts {
  readonly place: string;
  readonly host: string;
  readonly server: DetailedPeerCertificate;
  readonly credentials: TlsCredentials;
  readonly now: Date;
}

/** OpenSSL's reasons (`man verify`, X509_V_ERR_…) and Node's one, as sentences. */
const REASONS: Readonly<Record<string, (facts: Facts) => string>> = {
  CERT_HAS_EXPIRED: expired,
  CERT_NOT_YET_VALID: expired,
  ERR_TLS_CERT_ALTNAME_INVALID: otherName,
  CERT_REVOKED: ({ server, credentials }) =>
    `its certificate "${nameOf(server)}" was revoked (${credentials.revocations?.file ?? ''}): issue a new one for it.`,
  CRL_HAS_EXPIRED: ({ credentials }) =>
    `the revocation list ${credentials.revocations?.file ?? ''} has expired: fetch the authority's newest.`,
  UNABLE_TO_GET_CRL: ({ credentials }) =>
    `the revocation list ${credentials.revocations?.file ?? ''} is not that of its authority: fetch that one's, or remove the file.`,
  INVALID_PURPOSE: ({ server }) =>
    `its certificate "${nameOf(server)}" is not for servers: issue one for the host with 'attitune pki issue HOST'.`,
  ...Object.fromEntries(
    [
      ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_SIGNATURE_FAILURE', 'CERT_UNTRUSTED'],
      'INVALID_CA',
    ].map((code) => [code, unknownAuthority]),
  ),
};

/** The server's certificate does not convince us; the connection is still there. */
export function refusedByUs(
  socket: TLSSocket,
  endpoint: TlsEndpoint,
  credentials: TlsCredentials,
  now: Date,
): AttituneError {
  const place = placeOf(endpoint);
  // the types say Error; it is the code of one
  const code = String(socket.authorizationError);
  const server = socket.getPeerCertificate(true);
  const told =
    REASONS[code]?.({ place, host: endpoint.host, server, credentials, now }) ??
    `its certificate is not accepted (${code}).`;
  return new AttituneError('certificate', `libvirt at ${place} cannot be trusted: ${told}`, {
    details: { reason: code, side: 'server' },
  });
}

/** The server closed the connection instead of letting us in. */
export function refusedByServer(endpoint: TlsEndpoint, credentials: TlsCredentials, cause?: Error): AttituneError {
  const { certificate, file } = credentials.certificate;
  const foreign = !credentials.authority.certificates.some(
    (each) => certificate.checkIssued(each) && certificate.verify(each.publicKey),
  );
  const likely = foreign
    ? `it was not issued by the authority in ${credentials.authority.file}, which the host probably trusts: issue one with that authority.`
    : 'it trusts another authority (its /etc/pki/CA/cacert.pem), or lets only certain names in (tls_allowed_dn_list in its libvirtd.conf); its log tells.';
  return new AttituneError(
    'certificate',
    `libvirt at ${placeOf(endpoint)} refused our certificate ${file} ("${commonName(certificate.subject)}", issued by ` +
      `"${commonName(certificate.issuer)}"): ${likely}`,
    { details: { reason: 'refused', side: 'client' }, ...(cause ? { cause } : {}) },
  );
}

function expired({ server, credentials, host, now }: Facts): string {
  const chain = [server, ...issuersOf(server)].map((each) => ({
    name: nameOf(each),
    whose: each === server ? 'its certificate' : 'the authority of its certificate,',
    ...datesOf({ validFrom: each.valid_from, validTo: each.valid_to }),
  }));
  const authorities = credentials.authority.certificates.map((each) => ({
    name: commonName(each.subject),
    whose: `the authority in ${credentials.authority.file},`,
    ...datesOf(each),
  }));
  const wrong = [...chain, ...authorities].find((each) => ['expired', 'not-yet-valid'].includes(validity(each, now)));
  if (!wrong) return 'a certificate of its chain is not valid at this time: check the clock of this machine.';
  if (now < wrong.validFrom)
    return `${wrong.whose} "${wrong.name}" is valid only from ${wrong.validFrom.toISOString()} on: check the clocks of both machines.`;
  return `${wrong.whose} "${wrong.name}" expired on ${wrong.validTo.toISOString()}: issue a new one with 'attitune pki issue ${host}' and copy it there.`;
}

function otherName({ server, host }: Facts): string {
  const names = (server.subjectaltname ?? '').replaceAll(/DNS:|IP Address:/g, '') || nameOf(server);
  const option = `'attitune pki issue ${nameOf(server)}' with --alias or --address ${host}`;
  return `its certificate is for ${names}, not for ${host}: use one of those names in the URI, or issue it anew (${option}).`;
}

function unknownAuthority({ server, credentials }: Facts): string {
  const trusted = credentials.authority.certificates.map((each) => `"${commonName(each.subject)}"`).join(', ');
  const issuer = nameOf({ subject: server.issuer });
  const same = trusted.includes(`"${issuer}"`) ? ', another one of the same name' : '';
  return (
    `its certificate "${nameOf(server)}" was issued by "${issuer}"${same}, while ${credentials.authority.file} trusts ${trusted}: ` +
    'issue it with the authority that is trusted here, or put its own cacert.pem there.'
  );
}

function issuersOf(certificate: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
  const found: DetailedPeerCertificate[] = [];
  // the root's issuer is the root itself
  for (
    let next = certificate.issuerCertificate as DetailedPeerCertificate | undefined;
    next && !found.includes(next);
    next = next.issuerCertificate
  )
    if (next !== certificate) found.push(next);
  return found;
}

function nameOf({ subject }: Pick<PeerCertificate, 'subject'>): string {
  const { CN } = subject as { readonly CN?: string | string[] };
  return typeof CN === 'string' ? CN : (CN?.[0] ?? JSON.stringify(subject));
}

function placeOf({ host, port }: TlsEndpoint): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
