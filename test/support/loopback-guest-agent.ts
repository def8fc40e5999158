import { spawn } from 'node:child_process';
import { open, type FileHandle } from 'node:fs/promises';
import { AttituneError } from '../../core/model/errors.js';
import type { HostAccess } from '../../core/model/infrastructure.js';

type Fault = 'undelivered' | 'answer-lost';
type Arguments = Readonly<Record<string, unknown>>;

/**
 * A guest agent whose guest is this machine: it answers `guest-exec`, `guest-exec-status`, `guest-file-*` and
 * `guest-ping` as qemu-ga does, and it fails on request as one does whose domain migrates.
 */
export class LoopbackGuestAgent {
  /** Every command asked for, with the host that was asked. */
  readonly calls: string[] = [];
  readonly #processes = new Map<number, { out: Buffer[]; err: Buffer[]; exit?: { code: number | null } }>();
  readonly #handles = new Map<number, FileHandle>();
  readonly #faults: { readonly execute: string; readonly fault: Fault }[] = [];

  /** The next call of `execute` fails like that. */
  failNext(execute: string, fault: Fault): void {
    this.#faults.push({ execute, fault });
  }

  host(name: string): HostAccess {
    const guestAgent = async (domain: string, command: { execute: string; arguments?: unknown }) => {
      this.calls.push(`${name} ${command.execute}`);
      const index = this.#faults.findIndex((entry) => entry.execute === command.execute);
      const [fault] = index < 0 ? [] : this.#faults.splice(index, 1);
      if (fault?.fault === 'undelivered')
        throw new AttituneError('domain-not-found', `${name} has no domain "${domain}".`);
      const answer = await this.#answer(command.execute, (command.arguments ?? {}) as Arguments);
      if (fault) throw new AttituneError('guest-agent', `${domain} does not answer.`, { details: { libvirtCode: 86 } });
      return answer;
    };
    return { name, hypervisor: { host: name, guestAgent } } as unknown as HostAccess;
  }

  async #answer(execute: string, args: Arguments): Promise<unknown> {
    switch (execute) {
      case 'guest-ping':
        return {};
      case 'guest-exec':
        return this.#exec(args);
      case 'guest-exec-status':
        return this.#status(args['pid'] as number);
      case 'guest-file-open': {
        const handle = await open(args['path'] as string, args['mode'] as string);
        this.#handles.set(handle.fd, handle);
        return handle.fd;
      }
      case 'guest-file-write': {
        const { bytesWritten } = await this.#handle(args).write(Buffer.from(args['buf-b64'] as string, 'base64'));
        return { count: bytesWritten, eof: false };
      }
      case 'guest-file-read': {
        const { bytesRead, buffer } = await this.#handle(args).read(Buffer.alloc(args['count'] as number));
        return { count: bytesRead, 'buf-b64': buffer.subarray(0, bytesRead).toString('base64'), eof: bytesRead === 0 };
      }
      case 'guest-file-close':
        await this.#handle(args).close();
        this.#handles.delete(args['handle'] as number);
        return {};
      default:
        throw refusal(execute, 'The command has not been found');
    }
  }

  #exec(args: Arguments): Promise<{ pid: number }> {
    return new Promise((resolve, reject) => {
      const child = spawn(args['path'] as string, args['arg'] as string[], { stdio: 'pipe' });
      const state: { out: Buffer[]; err: Buffer[]; exit?: { code: number | null } } = { out: [], err: [] };
      child.stdout.on('data', (chunk: Buffer) => state.out.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => state.err.push(chunk));
      child.stdin.on('error', () => undefined);
      child.stdin.end(Buffer.from((args['input-data'] as string | undefined) ?? '', 'base64'));
      child.once('error', (error) => reject(refusal('guest-exec', error.message)));
      child.once('close', (code) => (state.exit = { code }));
      child.once('spawn', () => {
        this.#processes.set(child.pid as number, state);
        resolve({ pid: child.pid as number });
      });
    });
  }

  #status(pid: number): unknown {
    const state = this.#processes.get(pid);
    if (!state) throw refusal('guest-exec-status', `PID ${pid} does not exist`);
    if (!state.exit) return { exited: false };
    this.#processes.delete(pid); // the agent tells it once
    return {
      exited: true,
      ...(state.exit.code === null ? { signal: 15 } : { exitcode: state.exit.code }),
      ...(state.out.length > 0 ? { 'out-data': Buffer.concat(state.out).toString('base64') } : {}),
      ...(state.err.length > 0 ? { 'err-data': Buffer.concat(state.err).toString('base64') } : {}),
    };
  }

  #handle(args: Arguments): FileHandle {
    const handle = this.#handles.get(args['handle'] as number);
    if (!handle) throw refusal('guest-file', 'handle has not been found');
    return handle;
  }
}

function refusal(execute: string, text: string): AttituneError {
  return new AttituneError('guest-agent', `unable to execute QEMU agent command '${execute}': ${text}`, {
    details: { libvirtCode: 1 },
  });
}
