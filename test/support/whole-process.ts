import { spawn } from 'node:child_process';

export interface ProcessRun {
  readonly code: number | null;
  readonly wallMs: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longer than anything that is worth waiting for. */
const GIVEN_UP_AFTER_MS = 600_000;
const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;

/** Runs a program to its end, and tells how long the whole process took. */
export function wholeProcess(program: string, args: readonly string[]): Promise<ProcessRun> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(program, [...args], { stdio: ['ignore', 'pipe', 'pipe'], timeout: GIVEN_UP_AFTER_MS });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (part: Buffer) => (stdout += part.toString('utf8')));
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, wallMs: performance.now() - began, stdout, stderr });
    });
  });
}

/** `attitune …` as a whole process. */
export function attitune(...args: readonly string[]): Promise<ProcessRun> {
  return wholeProcess(process.execPath, [CLI, ...args]);
}

/** The plan that `attitune plan … --json` printed. Throws where it failed. */
export function planOf(run: ProcessRun): {
  readonly feasible: boolean;
  readonly moves: readonly { readonly vm: string }[];
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
} {
  if (run.code !== 0) throw new Error(`attitune plan ended with ${run.code}: ${run.stderr}`);
  return JSON.parse(run.stdout) as ReturnType<typeof planOf>;
}
