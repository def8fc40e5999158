import './bus-token.js';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { JournalEntry } from '../../core/model/administration.js';
import { SqliteStore } from '../../core/store/index.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
/** How long a process may take to say something, also on a busy machine. */
const PATIENCE_MS = 40_000;

/** A command that runs, with what it has said so far. */
export interface RunningCommand {
  readonly pid: number;
  readonly talk: { text: string };
  /** Resolves once its talk matches; rejects where it ends before, or takes too long. */
  said(pattern: RegExp): Promise<void>;
  readonly ended: Promise<number | null>;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** A folder with a deployment, and `attitune` commands that run in it; all that was started ends with it. */
export class ManagerFleet {
  readonly folder = mkdtempSync(join(tmpdir(), 'attitune-fleet-'));
  readonly #children = new Set<ChildProcess>();
  readonly #cleanUps: (() => void)[] = [];

  /** `files`: texts by name, in which `FOLDER` stands for the folder. */
  constructor(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(this.folder, name), text.replaceAll('FOLDER', this.folder));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Called at the end, the last one first. */
  onEnd(cleanUp: () => void): void {
    this.#cleanUps.push(cleanUp);
  }

  /** Starts `attitune ARGS`, after the words of `prefix`, such as `ip netns exec NAME`. */
  start(args: readonly string[], prefix: readonly string[] = []): RunningCommand {
    const [program = '', ...rest] = [...prefix, process.execPath, CLI, ...args];
    const env = { ...process.env, ATTITUNE_BUS: undefined, ATTITUNE_PKI: undefined };
    const child = spawn(program, rest, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'], env });
    this.#children.add(child);
    const talk = { text: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (talk.text += text));
    const ended = once(child, 'close').then(([code]) => {
      this.#children.delete(child);
      return code as number | null;
    });
    const isOver = () => child.exitCode !== null || child.signalCode !== null;
    const said = async (pattern: RegExp): Promise<void> => {
      const until = Date.now() + PATIENCE_MS;
      while (!pattern.test(talk.text)) {
        if (isOver() || Date.now() > until) throw new Error(`it did not say ${String(pattern)}:\n${talk.text}`);
        await Promise.race([ended, pause(30)]);
      }
    };
    const end = async (signal: NodeJS.Signals) => {
      if (!isOver()) child.kill(signal);
      return ended;
    };
    return { pid: child.pid ?? 0, talk, said, ended, end };
  }

  /** Runs `attitune ARGS` to its end. */
  async run(
    args: readonly string[],
    prefix: readonly string[] = [],
  ): Promise<{ readonly code: number | null; readonly text: string }> {
    const command = this.start(args, prefix);
    const code = await command.ended;
    return { code, text: command.talk.text };
  }

  /** The journal of a deployment that no manager has open. */
  journal(name: string): readonly JournalEntry[] {
    const store = new SqliteStore(join(this.folder, 'state', `${name}.db`));
    try {
      return store.journal();
    } finally {
      store.close();
    }
  }

  /** Process ids of what the deployment's components run, by the mark in their environment. */
  processes(file: string): readonly number[] {
    const mark = `ATTITUNE_COMPONENT=${this.path(file)}#`;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/environ`, 'utf8')
            .split('\0')
            .some((variable) => variable.startsWith(mark));
        } catch {
          return false;
        }
      });
  }

  /** Ends everything that was started, and removes the folder. */
  async dispose(file: string): Promise<void> {
    for (const child of [...this.#children]) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    }
    for (const pid of this.processes(file)) process.kill(pid, 'SIGKILL');
    for (const cleanUp of this.#cleanUps.splice(0).reverse()) cleanUp();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Network namespaces that are machines: `gate` at 198.51.100.1, and each host at 198.51.100.11, .12 …, joined by a bridge
 * in `gate`. Nothing of this machine's own network is touched.
 */
export class NamespaceHosts {
  static readonly gate = '198.51.100.1';
  readonly #tag = `agents-test-${process.pid}-`;

  constructor(readonly names: readonly string[]) {
    const gate = this.#space('gate');
    ip('netns', 'add', gate);
    ip('-n', gate, 'link', 'set', 'lo', 'up');
    ip('-n', gate, 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', gate, 'address', 'add', `${NamespaceHosts.gate}/24`, 'dev', 'br0');
    ip('-n', gate, 'link', 'set', 'br0', 'up');
    for (const name of names) {
      const space = this.#space(name);
      ip('netns', 'add', space);
      ip('-n', space, 'link', 'set', 'lo', 'up');
      ip('-n', gate, 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
      ip('-n', gate, 'link', 'set', name, 'master', 'br0', 'up');
      ip('-n', space, 'address', 'add', `${this.address(name)}/24`, 'dev', 'eth0');
      ip('-n', space, 'link', 'set', 'eth0', 'up');
    }
  }

  address(name: string): string {
    return `198.51.100.${11 + this.names.indexOf(name)}`;
  }

  /** Words before a command that runs it on that host, or on `gate`. */
  on(name: string): readonly string[] {
    return ['ip', 'netns', 'exec', this.#space(name)];
  }

  /** Nothing passes to or from that host, or does again. */
  cable(name: string, state: 'up' | 'down'): void {
    ip('-n', this.#space('gate'), 'link', 'set', name, state);
  }

  remove(): void {
    for (const name of [...this.names, 'gate']) spawnSync('ip', ['netns', 'delete', this.#space(name)]);
  }

  #space(name: string): string {
    return `${this.#tag}${name}`;
  }
}

function ip(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}
