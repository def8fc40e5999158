import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { composeManager, pluginsFor, type ComposedManager } from '../../core/app/composition.js';
import { loadDeployment } from '../../core/app/load-files.js';
import { SystemClock } from '../../core/model/clock.js';
import { HttpLoadGenerator } from '../../wrappers/http/http-load-generator.js';
import { eventually } from '../support/eventually.js';
import { PrivateMachines, skipWithoutPrivateMachines } from '../support/private-machines.js';

const HOSTS = ['head', 'west1', 'west2', 'east1'];
const PATIENCE_MS = 40_000;

/** Slurm of Debian, wrapped: a controller and nodes on machines of our own, whose nodes come and go with their queues. */
describe('groups on demand with the real Slurm', function () {
  this.timeout(180_000);
  let made = false;
  let folder: string;
  let machines: PrivateMachines;
  let composed: ComposedManager;
  const texts = () => composed.manager.journal.entries.map(({ subject, text }) => `${subject}: ${text}`);

  before(async function () {
    skipWithoutPrivateMachines(this, {
      slurmctld: 'slurmctld',
      slurmd: 'slurmd',
      squeue: 'slurm-client',
      munged: 'munge',
    });
    folder = await mkdtemp(join(tmpdir(), 'attitune-slurm-'));
    // slurmctld is another user's process
    await chmod(folder, 0o755);
    const file = asset('test/fixtures/slurm/batch.deployment.xml');
    const { loaded, errors } = loadDeployment(file, pluginsFor, [
      { name: 'folder', value: join(folder, 'slurm') },
      { name: 'cgroup', value: existsSync('/sys/fs/cgroup/cgroup.controllers') ? 'cgroup/v2' : 'cgroup/v1' },
    ]);
    if (!loaded) throw new AggregateError(errors, errors.map(String).join('\n'));
    machines = new PrivateMachines({ clock: new SystemClock(), load: new HttpLoadGenerator() });
    composed = composeManager(loaded, machines, (error) => {
      throw error;
    });
    made = true;
    await machines.make(HOSTS);
    await composed.manager.deploy({ signal: new AbortController().signal, onProgress: () => undefined });
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(texts().slice(-60).join('\n'));
  });

  after(async () => {
    if (!made) return;
    await composed.manager.undeploy();
    await machines.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  function slurm(program: string, ...args: readonly string[]): Promise<string> {
    const { executor } = machines.host('head');
    const env = { SLURM_CONF: join(folder, 'slurm/slurm.conf') };
    return executor.run({ argv: [program, ...args], env }).then(({ exitCode, stdout, stderr }) => {
      if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
      return stdout.trim();
    });
  }
  const submit = (partition: string, script: string, ...args: readonly string[]) =>
    slurm('sbatch', '--parsable', `--partition=${partition}`, '--output=/dev/null', ...args, `--wrap=${script}`);
  const nodes = async () => (await slurm('sinfo', '-h', '-N', '-o', '%N')).split('\n').filter(Boolean);
  const instances = (className: string) => composed.manager.system.instances(className).map(({ name }) => name);

  const until = (what: string, holds: () => unknown) =>
    eventually(async () => (await holds(), true), PATIENCE_MS, what);

  it('makes a key of its own, and a controller that answers', async () => {
    expect(await slurm('scontrol', 'ping')).to.match(/is UP/);
    expect(await nodes()).to.deep.equal([]);
    const { stdout } = spawnSync('stat', ['-c', '%a', join(folder, 'slurm/munge.key')], { encoding: 'utf8' });
    expect(stdout.trim()).to.equal('400');
    expect(JSON.stringify(composed.manager.journal.entries)).not.to.include(
      spawnSync('cat', [join(folder, 'slurm/munge.key')], { encoding: 'utf8' }).stdout,
    );
  });

  it('makes a node of the group whose job waits, and takes it away when it idles; held jobs make none', async () => {
    const held = await submit('biology', 'sleep 1', '--hold');
    const job = await submit('physics', 'sleep 3');
    await until('a node of physics', () => expect(instances('PhysicsNode')).to.have.length(1));
    await until('the job is done', async () =>
      expect(await slurm('scontrol', 'show', 'job', job)).to.match(/JobState=COMPLETED.*ExitCode=0:0/s),
    );
    await until('the node is gone', async () => {
      expect(await nodes()).to.deep.equal([]);
      expect(instances('PhysicsNode')).to.deep.equal([]);
    });
    expect(instances('BiologyNode')).to.deep.equal([]);
    expect(await machines.running('west1')).to.deep.equal([]);
    await slurm('scancel', held);
    expect(texts().join('\n')).to.match(/group: grow, because 1 waits in PhysicsQueue_1.*west1 has room/);
    expect(texts().join('\n')).to.match(/group: remove PhysicsNode_1, because PhysicsNode_1 idles/);
  });

  it('serves both groups side by side, each on nodes of its own, and ends no job', async () => {
    const jobs = await Promise.all([
      ...[6, 6, 1].map((seconds) => submit('physics', `sleep ${seconds}`)),
      ...[4, 1].map((seconds) => submit('biology', `sleep ${seconds}`)),
    ]);
    await until('two nodes of physics and one of biology', async () => {
      const known = await nodes();
      expect(known.filter((name) => name.startsWith('PhysicsNode'))).to.have.length(2);
      expect(known.filter((name) => name.startsWith('BiologyNode'))).to.have.length(1);
    });
    for (const job of jobs)
      await until(`job ${job} is done`, async () =>
        expect(await slurm('scontrol', 'show', 'job', job)).to.match(/JobState=COMPLETED .*Restarts=0/s),
      );
    await until('all nodes are gone', async () => {
      expect(await nodes()).to.deep.equal([]);
      expect([...instances('PhysicsNode'), ...instances('BiologyNode')]).to.deep.equal([]);
    });
  });

  it('decides nothing while the controller does not answer', async () => {
    await submit('physics', 'sleep 1');
    const [controller] = composed.manager.system.instances('Controller');
    const pid = Number(controller?.attributes.get('pid'));
    process.kill(pid, 'SIGSTOP');
    try {
      const before = composed.manager.journal.entries.length;
      await new Promise((resolve) => setTimeout(resolve, 8000));
      const decisions = composed.manager.journal.entries.slice(before).filter(({ kind }) => kind === 'decision');
      expect(decisions.filter(({ text }) => /^(grow|remove)\b/.test(text))).to.deep.equal([]);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await until('then its job is served', async () => expect(await nodes()).to.have.length(1));
  });
});
