import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { JournalEntry } from '../../core/model/administration.js';
import type { Store } from '../../core/model/store.js';
import { SqliteStore } from '../../core/store/index.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;

const DEPLOYMENT = `<deployment xmlns="urn:attitune:deployment:1" name="works">
  <hosts family="servers" hypervisor="none"><host name="here" uri="local:"/></hosts>
  <component class="Works" wrapper="works" hosts="servers"><attribute name="folder" value="FOLDER"/></component>
  <diagram src="start.scxml" role="start"/>
  <diagram src="stop.scxml" role="stop"/>
</deployment>`;

/** A program that runs on, and commands that write down when they begin and when they end. */
const WRAPPER = `<wrapper xmlns="urn:attitune:wrapper:1" name="works" description="of a test">
  <attribute name="folder"/>
  <attribute name="pid" runtime="true"/>
  <method name="start" key="process" method="start">
    <param value="sleep"/><param value="600"/><param value="log:$folder/program.log"/>
  </method>
  <method name="start" key="command" method="run" idempotent="true"><param value="sleep"/><param value="0.4"/></method>
  <method name="mix" key="command" method="run" idempotent="true">
    <param value="sh"/><param value="-c"/><param value="echo begin >> mix.log; sleep 0.6; echo end >> mix.log"/><param value="cwd:$folder"/>
  </method>
  <method name="pour" key="command" method="run">
    <param value="sh"/><param value="-c"/><param value="echo begin >> pour.log; sleep 0.8; echo end >> pour.log"/><param value="cwd:$folder"/>
  </method>
  <method name="stop" key="process" method="stop"><param value="grace:2 s"/></method>
</wrapper>`;

/** How long a manager may take to say something. */
const PATIENCE_MS = 40_000;

/** How long the start diagram waits between its first and its second operation. */
export const WAIT_MS = 1500;

const START = `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="start" datamodel="ecmascript" initial="starting">
  <state id="starting"><invoke id="a" type="attitune" src="Works.start"/><transition event="done.invoke.a" target="waiting"/></state>
  <state id="waiting">
    <onentry><send event="due" delay="${WAIT_MS}ms"/></onentry>
    <transition event="due" target="mixing"/>
  </state>
  <state id="mixing"><invoke id="b" type="attitune" src="Works.mix"/><transition event="done.invoke.b" target="pouring"/></state>
  <state id="pouring">
    <invoke id="c" type="attitune" src="Works.pour"/>
    <transition event="done.invoke.c" target="poured"/>
    <transition event="error.execution" cond="_event.data.code == 'operation-cut-off'" target="reported"/>
  </state>
  <final id="poured"/>
  <final id="reported"/>
</scxml>`;

const STOP = `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="stop" datamodel="ecmascript" initial="stopping">
  <state id="stopping"><invoke id="a" type="attitune" src="Works.stop"/><transition event="done.invoke.a" target="end"/></state>
  <final id="end"/>
</scxml>`;

/** A real deployment on this machine, in a folder of its own, run by the real command. */
export class LocalWorks {
  readonly folder = mkdtempSync(join(tmpdir(), 'attitune-works-'));
  readonly file = join(this.folder, 'works.deployment.xml');
  readonly #children = new Set<ChildProcess>();

  /** `more`: other files, or other texts for these. `FOLDER` in a text stands for the folder. */
  constructor(more: Readonly<Record<string, string>> = {}) {
    const files = {
      'works.deployment.xml': DEPLOYMENT,
      'works.wrapper.xml': WRAPPER,
      'start.scxml': START,
      'stop.scxml': STOP,
      ...more,
    };
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text.replaceAll('FOLDER', this.folder));
  }

  /** `attitune run`; `said` resolves once its talk matches, `ended` with its exit code. */
  run(...more: readonly string[]) {
    const child = spawn(process.execPath, [CLI, 'run', this.file, '--state', join(this.folder, 'state'), ...more], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#children.add(child);
    const talk = { text: '' };
    child.stderr.on('data', (chunk: Buffer) => (talk.text += chunk.toString()));
    const ended = once(child, 'close').then(([code]) => {
      this.#children.delete(child);
      return code as number | null;
    });
    const said = async (pattern: RegExp): Promise<void> => {
      const until = Date.now() + PATIENCE_MS;
      while (!pattern.test(talk.text)) {
        if (child.exitCode !== null || child.signalCode !== null || Date.now() > until)
          throw new Error(`it did not say ${String(pattern)}:\n${talk.text}`);
        await Promise.race([ended, pause(50)]);
      }
    };
    const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
      child.kill(signal);
      return await ended;
    };
    return { talk, said, ended, kill };
  }

  /** Opens the store while no manager runs. */
  look<T>(at: (store: Store) => T): T {
    const store = new SqliteStore(join(this.folder, 'state', 'works.db'));
    try {
      return at(store);
    } finally {
      store.close();
    }
  }

  journal(): readonly JournalEntry[] {
    return this.look((store) => store.journal());
  }

  /** How often a command began. */
  begins(log: string): number {
    const path = join(this.folder, log);
    return existsSync(path) ? readFileSync(path, 'utf8').split('begin').length - 1 : 0;
  }

  /** Processes of the deployment's components, by the mark in their environment. */
  processes(): readonly number[] {
    const mark = `ATTITUNE_COMPONENT=${this.file}#`;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/environ`, 'utf8')
            .split('\0')
            .some((variable) => variable.startsWith(mark));
        } catch {
          // it has ended meanwhile, or is another user's
          return false;
        }
      })
      .map(Number);
  }

  /** Ends everything that was started, and removes the folder. */
  async dispose(): Promise<void> {
    for (const child of [...this.#children]) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    }
    for (const pid of this.processes()) process.kill(pid, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
