import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttituneError } from '../../../core/model/errors.js';

/** Where `ssh` logs in. What is absent is as `ssh`'s own configuration says. */
export interface SshDestination {
  readonly address: string;
  readonly user?: string;
  readonly port?: number;
  readonly keyfile?: string;
  /** The file of host keys that are known, instead of the user's own. */
  readonly knownHosts?: string;
  /** `auto`: a key that is not known yet is kept; `ignore`: any key will do. */
  readonly hostKeys?: 'normal' | 'auto' | 'ignore';
  /** The program instead of `ssh`. */
  readonly command?: string;
}

const HOST_KEYS = { normal: undefined, auto: 'accept-new', ignore: 'no' } as const;

/** How long a connection may take to be made, in seconds, and how soon a dead one is noticed. */
const CONNECT_SECONDS = 10;
const ALIVE_SECONDS = 5;
const ALIVE_MISSED = 3;
/** Without a command for so long the connection is closed, and made again by the next one. */
const PERSIST_SECONDS = 600;

/**
 * One connection to a host, which all commands share (`ControlMaster`): the first one makes it. No password is ever asked
 * for (`BatchMode`), and whether a host's key is good is for `ssh`'s own configuration to say.
 */
export class SshConnection {
  #folder: Promise<string> | undefined;
  #master: Promise<void> | undefined;

  constructor(private readonly destination: SshDestination) {}

  /** The call of `ssh` that runs a command line of the far end's shell. Rejects with `host-unreachable`, `missing-package`. */
  async argv(line: string): Promise<readonly [string, ...string[]]> {
    await (this.#master ??= this.#connect().catch((error: unknown) => {
      this.#master = undefined;
      throw error;
    }));
    return [...(await this.#call('-o', 'ControlMaster=no')), line];
  }

  /** The connection turned out to be dead: the next command makes another one. */
  lost(): void {
    this.#master = undefined;
  }

  /** Ends the connection; what was started on the host goes on. */
  async close(): Promise<void> {
    const folder = await this.#folder;
    if (folder === undefined) return;
    await this.#run(await this.#call('-O', 'exit'), '/dev/null').catch(() => undefined);
    this.#master = undefined;
    this.#folder = undefined;
    await rm(folder, { recursive: true, force: true });
  }

  async #connect(): Promise<void> {
    // the master lives on and would hold a pipe open: what it says on its way goes to a file
    const said = join(await this.#temporary(), randomUUID());
    try {
      const call = await this.#call('-o', 'ControlMaster=yes', '-o', `ControlPersist=${PERSIST_SECONDS}`, '-N', '-f');
      const code = await this.#run(call, said);
      if (code === 0) return;
      const why = (await readFile(said, 'utf8')).trim().split('\n').slice(-3).join(' ').trim();
      const { address, user } = this.destination;
      throw new AttituneError(
        'host-unreachable',
        `ssh ${user === undefined ? '' : `${user}@`}${address} failed: ${why || `exit code ${code}`}. Try it by hand: it must work without a password, and know the host's key.`,
      );
    } finally {
      await rm(said, { force: true });
    }
  }

  async #call(...options: readonly string[]): Promise<readonly [string, ...string[]]> {
    const { user, port, keyfile, knownHosts, hostKeys = 'normal', command = 'ssh', address } = this.destination;
    const settings: Readonly<Record<string, string | number | undefined>> = {
      BatchMode: 'yes',
      ControlPath: join(await this.#temporary(), 'ssh'),
      ConnectTimeout: CONNECT_SECONDS,
      ServerAliveInterval: ALIVE_SECONDS,
      ServerAliveCountMax: ALIVE_MISSED,
      User: user,
      Port: port,
      IdentityFile: path(keyfile),
      IdentitiesOnly: keyfile === undefined ? undefined : 'yes',
      UserKnownHostsFile: path(knownHosts),
      StrictHostKeyChecking: HOST_KEYS[hostKeys],
    };
    const given = Object.entries(settings).flatMap(([name, value]) =>
      value === undefined ? [] : ['-o', `${name}=${value}`],
    );
    return [command, '-T', ...given, ...options, '--', address];
  }

  /** A folder that is ours alone, and whose path is short enough for a socket's. */
  #temporary(): Promise<string> {
    return (this.#folder ??= mkdtemp(join(tmpdir(), 'attitune-ssh-')));
  }

  async #run([program, ...args]: readonly [string, ...string[]], said: string): Promise<number | null> {
    const file = await open(said, 'w');
    try {
      const child = spawn(program, args, { stdio: ['ignore', 'ignore', file.fd], detached: true });
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new AttituneError('missing-package', `${program} is not installed: apt-get install openssh-client.`, {
        cause: error,
      });
    } finally {
      await file.close();
    }
  }
}

/** As `ssh`'s configuration takes a path with spaces. */
function path(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `"${text}"`;
}
