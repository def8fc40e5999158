/**
 * The contract for running things on a host or inside a VM. Implementations: `local`, `guest-agent`, `simulated`
 * (in `wrappers/language/executors` and `wrappers/simulated`), and a lab host's (a local one inside its namespaces).
 * All pass `test/contract/executor.contract.ts`.
 */
export interface Executor {
  /** Where this runs things, for messages: `host1`, `Machine_1`. */
  readonly node: string;
  /** Runs a command to its end. A non-zero exit code is a result, not an error. Rejects with `operation-timeout`, `operation-failed`. */
  run(command: Command): Promise<CommandResult>;
  /** Starts a command that goes on by itself, its output going to `logFile`, and returns its process id. */
  start(command: Command & { readonly logFile?: string }): Promise<{ readonly pid: number }>;
  /** Sends a signal; `false` if there is no such process. */
  signal(pid: number, signal: NodeJS.Signals): Promise<boolean>;
  isRunning(pid: number): Promise<boolean>;
  /** Writes a file, making its folders; the file appears whole or not at all. */
  put(path: string, content: string, mode?: number): Promise<void>;
  /** The file's text, or `undefined` if there is none. */
  get(path: string): Promise<string | undefined>;
  /**
   * Brings several files to the given content in one go and resolves with the paths of those that differed. Optional:
   * for executors where each call is slow; others are served by `get` and `put` for each.
   */
  ensure?(files: readonly FileContent[]): Promise<readonly string[]>;
}

export interface FileContent {
  readonly path: string;
  readonly content: string;
  /** Default `0o644`. */
  readonly mode?: number;
}

export interface Command {
  /** The program and its arguments; no shell is involved. */
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A plain HTTP client, injected so that simulated services answer in simulated time. */
export interface HttpClient {
  /** Rejects with `host-unreachable` where nothing answers within `timeoutMs`. */
  get(url: string, options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<HttpResponse>;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
  readonly elapsedMs: number;
}
