import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import type { Executor } from '../../core/model/executor.js';

/** An executor under test. `folder` is an empty folder that it may write to. */
export interface ExecutorUnderTest {
  readonly executor: Executor;
  readonly folder: string;
  close(): Promise<void>;
}

/** What every `Executor` that reaches a real POSIX system promises. */
export function executorContract(name: string, create: () => Promise<ExecutorUnderTest>): void {
  describe(`${name} keeps the contract of an executor`, function () {
    this.timeout(60_000);
    let under: ExecutorUnderTest | undefined;
    let executor: Executor;
    let folder: string;
    const started: number[] = [];

    before(async () => {
      under = await create();
      ({ executor, folder } = under);
    });
    after(async () => {
      for (const pid of started) await under?.executor.signal(pid, 'SIGKILL');
      await under?.close();
    });

    async function start(...argv: [string, ...string[]]): Promise<number> {
      const { pid } = await executor.start({ argv, logFile: `${folder}/log/started.log` });
      started.push(pid);
      return pid;
    }

    async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
      for (let attempt = 0; attempt < 200; attempt += 1) {
        if (await condition()) return;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      expect.fail(`${what} did not come true`);
    }

    it('runs a command and returns what it wrote and its exit code', async () => {
      const result = await executor.run({ argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'] });
      expect(result).to.deep.equal({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
    });

    it('passes arguments, environment and input as they are, without a shell', async () => {
      const strange = `a b'c"d$HOME\`id\`;*\\ π`;
      expect((await executor.run({ argv: ['printf', '%s|', strange, ''] })).stdout).to.equal(`${strange}||`);
      expect((await executor.run({ argv: ['printenv', 'STRANGE'], env: { STRANGE: strange } })).stdout).to.equal(
        `${strange}\n`,
      );
      expect((await executor.run({ argv: ['cat'], input: `${strange}\nπ` })).stdout).to.equal(`${strange}\nπ`);
    });

    it('runs in the folder it is told', async () => {
      expect((await executor.run({ argv: ['pwd'], cwd: folder })).stdout).to.equal(`${folder}\n`);
    });

    it('tells of a program that is not there', async () => {
      await rejects(
        executor.run({ argv: ['no-such-program-anywhere'] }),
        'operation-failed',
        /no-such-program-anywhere/,
      );
    });

    it('ends a command that outlives its time, with what it started', async () => {
      const mark = `${folder}/time-out.pid`;
      const run = executor.run({ argv: ['sh', '-c', 'sleep 60 & echo $! > "$1"; wait', 'sh', mark], timeoutMs: 700 });
      await rejects(run, 'operation-timeout', /700 ms/);
      const pid = Number(await executor.get(mark));
      await until(async () => !(await executor.isRunning(pid)), 'the end of the child');
    });

    it('ends a command that is cancelled', async () => {
      const controller = new AbortController();
      const run = executor.run({ argv: ['sleep', '60'], signal: controller.signal });
      setTimeout(() => controller.abort(new Error('enough')), 100);
      await rejects(run, 'cancelled');
      await rejects(executor.run({ argv: ['true'], signal: AbortSignal.abort() }), 'cancelled');
    });

    it('writes a file whole, with its folders and mode, and reads it back', async () => {
      const path = `${folder}/deep/er/a file.txt`;
      expect(await executor.get(path)).to.equal(undefined);
      await executor.put(path, 'first π\n', 0o600);
      expect(await executor.get(path)).to.equal('first π\n');
      await executor.put(path, 'no newline at the end', 0o755);
      expect(await executor.get(path)).to.equal('no newline at the end');
      expect((await executor.run({ argv: ['stat', '-c', '%a', path] })).stdout).to.equal('755\n');
      expect((await executor.run({ argv: ['ls', '-A', `${folder}/deep/er`] })).stdout).to.equal('a file.txt\n');
      await executor.put(path, '');
      expect(await executor.get(path)).to.equal('');
    });

    it('writes and reads a file of a megabyte', async () => {
      const content = Array.from({ length: 65_536 }, (_, line) => `line ${line} π 012`.padEnd(15, '.')).join('\n');
      await executor.put(`${folder}/large`, content);
      expect((await executor.get(`${folder}/large`)) === content).to.equal(true);
    });

    it('says where a file cannot be written', async () => {
      await executor.put(`${folder}/plain`, 'a file');
      await rejects(executor.put(`${folder}/plain/below`, 'x'), 'operation-failed', /plain\/below/);
    });

    it('brings several files to their content, where it can, and names those that differed', async function () {
      if (!executor.ensure) return; // optional in the contract
      const files = [
        { path: `${folder}/set/one`, content: "it's π\n" },
        { path: `${folder}/set/two $x`, content: '', mode: 0o700 },
      ];
      expect(await executor.ensure(files)).to.deep.equal([`${folder}/set/one`, `${folder}/set/two $x`]);
      expect(await executor.ensure(files)).to.deep.equal([]);
      await executor.put(`${folder}/set/one`, 'changed by hand');
      expect(await executor.ensure(files)).to.deep.equal([`${folder}/set/one`]);
      expect(await executor.get(`${folder}/set/one`)).to.equal("it's π\n");
      expect((await executor.run({ argv: ['stat', '-c', '%a', `${folder}/set/two $x`] })).stdout).to.equal('700\n');
    });

    it('starts a command that goes on, and appends its output to the log', async () => {
      const pid = await start('sh', '-c', 'echo "said $1"; exec sleep 60', 'sh', "it's $HOME");
      expect(pid).to.be.greaterThan(1);
      expect(await executor.isRunning(pid)).to.equal(true);
      await until(async () => (await executor.get(`${folder}/log/started.log`)) === "said it's $HOME\n", 'the log');
      expect(await executor.signal(pid, 'SIGTERM')).to.equal(true);
      await until(async () => !(await executor.isRunning(pid)), 'the end of the process');
      expect(await executor.signal(pid, 'SIGTERM')).to.equal(false);
    });

    it('counts a command that has ended as not running', async () => {
      const pid = await start('true');
      await until(async () => !(await executor.isRunning(pid)), 'the end of the process');
    });
  });
}

async function rejects(promise: Promise<unknown>, code: string, text = /./): Promise<void> {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(AttituneError);
    expect((error as AttituneError).code).to.equal(code);
    expect((error as AttituneError).message).to.match(text);
    return;
  }
  expect.fail(`it did not reject with ${code}`);
}
