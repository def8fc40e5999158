/** The transport ssh: the system's `ssh` runs a program on the far end that joins its input and output to the daemon. */
import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { AttituneError } from '../../../core/model/errors.js';
import type { SshEndpoint } from '../endpoint.js';
import { ProcessStream, type ProcessEnd } from './process-stream.js';

/** What the far end's shell ends with where it has no program that joins us to the daemon. */
const NO_PROXY = 127;
/** ssh's words where trying again cannot help. */
const REFUSED =
  /Permission denied|Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|Too many authentication/;
const HOST_KEYS: Readonly<Record<SshEndpoint['hostKeys'], readonly string[]>> = {
  normal: [],
  auto: ['-o', 'StrictHostKeyChecking=accept-new'],
  ignore: ['-o', 'StrictHostKeyChecking=no'],
};

/**
 * Resolves as soon as `ssh` runs; what it then says on standard error is the error that ends the stream. Rejects with
 * `missing-package` where there is no such program.
 */
export function dialSsh(endpoint: SshEndpoint, signal: AbortSignal): Promise<Duplex> {
  const { command = 'ssh' } = endpoint;
  // a session of its own: Ctrl-C on the terminal goes to the manager alone, and nothing can be asked there
  const child = spawn(command, sshArguments(endpoint), { stdio: 'pipe', detached: true });
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'ENOENT'
          ? new AttituneError('missing-package', `The program '${command}' is not installed: install openssh-client.`)
          : error,
      );
    });
    child.once('spawn', () => {
      const stream = new ProcessStream(child, (end) => sshError(endpoint, end));
      if (signal.aborted) stream.destroy();
      resolve(stream);
    });
  });
}

/** The words after `ssh`. It never asks: what would need an answer is an error. */
export function sshArguments(endpoint: SshEndpoint): readonly string[] {
  const { host, port, user, keyfile, knownHosts, hostKeys } = endpoint;
  return [
    ...['-T', '-e', 'none', '-o', 'BatchMode=yes'],
    ...HOST_KEYS[hostKeys],
    ...(knownHosts === undefined ? [] : ['-o', `UserKnownHostsFile="${knownHosts}"`]),
    ...(keyfile === undefined ? [] : ['-i', keyfile]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    ...['--', host, `sh -c ${quoted(proxyScript(endpoint))}`],
  ];
}

/** The script for the far end: libvirt's own helper finds the right daemon; `nc` is for hosts that do not have it. */
export function proxyScript({ proxy, netcat, socket, name }: SshEndpoint): string {
  const native =
    proxy === 'netcat' ? [] : [`command -v virt-ssh-helper >/dev/null 2>&1 && exec virt-ssh-helper ${quoted(name)}`];
  const nc = quoted(netcat);
  const byNetcat =
    proxy === 'native' || socket === undefined
      ? []
      : [
          `command -v ${nc} >/dev/null 2>&1 && {`,
          // some wait forever for the daemon's end unless told
          `q=; ${nc} -q 2>&1 | grep -q "requires an argument" && q=-q0`,
          `exec ${nc} $q -U ${quoted(socket)}; }`,
        ];
  const names = [...(native.length > 0 ? ['virt-ssh-helper'] : []), ...(byNetcat.length > 0 ? [netcat] : [])];
  const lament = `echo ${quoted(`there is no ${names.join(', and no ')}`)} >&2; exit ${NO_PROXY}`;
  return [...native, ...byNetcat, lament].join('\n');
}

function sshError(endpoint: SshEndpoint, { exitCode, signal, stderr }: ProcessEnd): AttituneError | undefined {
  if (exitCode === 0) return undefined;
  const how = exitCode === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${exitCode}`;
  const said = stderr
    .trim()
    .split(/[\r\n]+/)
    .slice(-4)
    .join(' ');
  const message = `ssh to ${endpoint.host} ${how}${said ? `: ${said}` : ''}`;
  const details = { exitCode, stderr };
  if (exitCode === NO_PROXY) {
    return new AttituneError(
      'missing-package',
      `${message}. Install libvirt-daemon (which has virt-ssh-helper) or netcat-openbsd on ${endpoint.host}.`,
      { details },
    );
  }
  return new AttituneError(REFUSED.test(stderr) ? 'hypervisor' : 'host-unreachable', message, { details });
}

/** A word for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
