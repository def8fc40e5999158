/**
 * The transport tls: both sides show certificates, and the server says by one byte, once it has checked ours, that it
 * lets us in; a server that does not closes the connection. Source of that byte: libvirt's `src/rpc/virnetserverclient.c`.
 */
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { AttituneError } from '../../../core/model/errors.js';
import { readCertificate, type CertificateFacts } from '../../../core/pki/certificate.js';
import type { TlsEndpoint } from '../endpoint.js';
import { OneByOne } from './one-by-one.js';
import { readCredentials, type TlsCredentials } from './tls-credentials.js';
import { refusedByUs, refusedByServer } from './tls-refusal.js';

const ACCEPTED = 1;

/** Rejects with `certificate`, which says whose certificate is wrong and what to do, or with the system's error. */
export async function dialTls(endpoint: TlsEndpoint, signal: AbortSignal): Promise<Duplex> {
  const credentials = await readCredentials(endpoint.pkipath);
  signal.throwIfAborted();
  const socket = begin(endpoint, credentials);
  const onAbort = () => socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await handshake(socket, endpoint);
    if (endpoint.verify && !socket.authorized) throw refusedByUs(socket, endpoint, credentials, new Date());
    await acceptance(socket, endpoint, credentials);
    return new OneByOne(socket.setNoDelay(true));
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The certificates of both sides, whether they are accepted or not. */
export interface TlsCertificates {
  readonly server: CertificateFacts;
  readonly client: CertificateFacts;
}

/** Reads them, for whoever wants to know when they expire; nothing is asked of the daemon. Rejects as {@link dialTls}. */
export async function inspectTls(endpoint: TlsEndpoint): Promise<TlsCertificates> {
  const credentials = await readCredentials(endpoint.pkipath);
  const socket = begin(endpoint, credentials);
  try {
    await handshake(socket, endpoint);
    const shown = socket.getPeerX509Certificate()?.toString() ?? '';
    const { file, text } = credentials.certificate;
    return { server: readCertificate(shown, `What ${endpoint.host} shows`), client: readCertificate(text, file) };
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

function begin(endpoint: TlsEndpoint, credentials: TlsCredentials): TLSSocket {
  const { host, port } = endpoint;
  return connect({
    host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    secureContext: contextOf(credentials),
    // what is wrong with the server's certificate can be told only while the connection is there: dialTls judges it
    // before a byte is sent or read
    rejectUnauthorized: false,
  });
}

function contextOf({ authority, certificate, key, revocations }: TlsCredentials): SecureContext {
  const files = { ca: authority.text, cert: certificate.text, key: key.text };
  try {
    return createSecureContext({
      ...files,
      ...(revocations === undefined ? {} : { crl: revocations.text }),
      minVersion: 'TLSv1.2',
    });
  } catch (error) {
    const names = [authority, certificate, key, ...(revocations ? [revocations] : [])].map(({ file }) => file);
    throw AttituneError.from(error, 'certificate', `One of ${names.join(', ')} cannot be used`);
  }
}

function handshake(socket: TLSSocket, { host, port }: TlsEndpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') {
        const what = `Nothing listens for TLS at ${host}:${port}: start libvirtd-tls.socket there (or virtproxyd-tls.socket)`;
        reject(new AttituneError('host-unreachable', `${what}.`, { cause: error }));
      } else if (!error.code?.startsWith('ERR_SSL_')) reject(error);
      else
        reject(
          new AttituneError(
            'protocol',
            `What listens at ${host}:${port} does not speak TLS as libvirt does: ${error.message}`,
            {
              cause: error,
            },
          ),
        );
    };
    socket.once('error', onError);
    socket.once('secureConnect', () => {
      socket.off('error', onError);
      resolve();
    });
  });
}

/** Waits for the server's word. Under TLS 1.3 it judges our certificate only after the handshake, as seen from here. */
function acceptance(socket: TLSSocket, endpoint: TlsEndpoint, credentials: TlsCredentials): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      socket.off('readable', onReadable).off('end', onEnd).off('error', onEnd);
      if (error) reject(error);
      else resolve();
    };
    const onEnd = (cause?: Error) => settle(refusedByServer(endpoint, credentials, cause));
    const onReadable = () => {
      const byte = socket.read(1) as Buffer | null;
      if (byte === null) return;
      if (byte[0] === ACCEPTED) settle();
      else
        settle(
          new AttituneError(
            'protocol',
            `${endpoint.host}:${endpoint.port} answered our certificate with ${byte[0]}, not 1.`,
          ),
        );
    };
    socket.on('readable', onReadable).once('end', onEnd).once('error', onEnd);
  });
}
