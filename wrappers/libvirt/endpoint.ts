/** Where a libvirt daemon is, by the transport that reaches it. */
export interface UnixEndpoint {
  readonly kind: 'unix';
  readonly path: string;
  /** The socket of the driver's own daemon (`virtqemud`), taken instead of `path` where it is there. */
  readonly direct?: string;
}

export interface TcpEndpoint {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

export interface TlsEndpoint {
  readonly kind: 'tls';
  readonly host: string;
  readonly port: number;
  /** False only where the URI says `no_verify=1`: then the server may be anybody. */
  readonly verify: boolean;
  /** Folder of `cacert.pem`, `clientcert.pem` and `clientkey.pem`; default: libvirt's own places. */
  readonly pkipath?: string;
}

export interface SshEndpoint {
  readonly kind: 'ssh';
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  /** The program; default `ssh`. */
  readonly command?: string;
  readonly keyfile?: string;
  readonly knownHosts?: string;
  /** `normal`: as ssh is configured, an unknown key is refused. `auto`: an unknown one is kept. `ignore`: any will do. */
  readonly hostKeys: 'normal' | 'auto' | 'ignore';
  /** What the far end is joined to the daemon by: `virt-ssh-helper`, `nc`, or the first of them that is there. */
  readonly proxy: 'auto' | 'native' | 'netcat';
  readonly netcat: string;
  /** The daemon's socket on the far end, for `nc`. */
  readonly socket?: string;
  /** What `virt-ssh-helper` is asked for. */
  readonly name: string;
}

export type Endpoint = UnixEndpoint | TcpEndpoint | TlsEndpoint | SshEndpoint;

export type Transport = Endpoint['kind'];
