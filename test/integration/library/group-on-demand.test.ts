import { expect } from 'chai';
import { SeededRandom } from '../../../core/model/random.js';
import { libraryWorld, withFaulty } from '../../support/library-world.js';

const GROUPS = ['Physics', 'Biology', 'Chemistry'];
const CONF = '/var/lib/attitune/slurm/slurm.conf';

/** Two hosts with room for four machines, shared by three groups: physics may always have two, the others one each. */
describe('library: group-on-demand', function () {
  this.timeout(120_000);

  let last: (() => readonly string[]) | undefined;
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.log(last?.().slice(-80).join('\n'));
  });

  async function world(set: Readonly<Record<string, string>> = {}, software?: ReturnType<typeof withFaulty>) {
    const made = libraryWorld({ file: 'groups', set, ...(software ? { simulation: { software } } : {}) });
    last = made.texts;
    await made.deploy();
    const slurm = async (program: string, ...args: readonly string[]) => {
      const { executor } = made.infrastructure.host('desk');
      const { stdout, stderr, exitCode } = await made.clock.runUntil(
        executor.run({ argv: [program, ...args], env: { SLURM_CONF: CONF } }),
      );
      expect(exitCode, stderr).to.equal(0);
      return stdout.trim();
    };
    const submit = (partition: string, seconds: number, ...more: readonly string[]) =>
      slurm('sbatch', '--parsable', `--partition=${partition}`, ...more, `--wrap=sleep ${seconds}`);
    const machines = () =>
      Object.fromEntries(GROUPS.map((name) => [name, made.system.instances(`${name}Machine`).length]));
    const job = async (id: string) => (await slurm('scontrol', 'show', 'job', id)).replace(/\s+/g, ' ');
    const decisions = () => made.texts().filter((text) => text.startsWith('group: '));
    return { ...made, slurm, submit, machines, job, decisions };
  }

  it('makes a machine with a node while a job waits, and takes it away once it idles', async () => {
    const made = await world();
    await made.pass(60_000);
    expect(made.machines()).to.deep.equal({ Physics: 0, Biology: 0, Chemistry: 0 });
    const id = await made.submit('biology', 30);
    await made.pass(9000);
    expect(made.machines()['Biology'], 'not before its hold time').to.equal(0);
    await made.pass(60_000);
    expect(made.machines()).to.deep.equal({ Physics: 0, Biology: 1, Chemistry: 0 });
    expect(made.state('BiologyNode_1')).to.equal('started');
    await made.pass(40_000);
    expect(await made.job(id)).to.match(/JobState=COMPLETED .*Restarts=0/);
    await made.pass(120_000);
    expect(made.machines()['Biology']).to.equal(0);
    expect(await made.slurm('sinfo', '-h', '-N', '-o', '%N')).to.equal('');
    expect([...(await made.domains('host1')), ...(await made.domains('host2'))]).to.deep.equal([]);
    const order = made.texts().flatMap((text) => /^(Biology\w+): (drain|stop) …$/.exec(text)?.slice(1).join(' ') ?? []);
    expect(order).to.deep.equal(['BiologyNode_1 drain', 'BiologyNode_1 stop', 'BiologyMachine_1 stop']);
  });

  it('lets a group have more than its share while the others need theirs not, and never more than "most"', async () => {
    const made = await world({ most: '3' });
    for (let count = 0; count < 8; count += 1) await made.submit('biology', 600);
    await made.pass(400_000);
    expect(made.machines()).to.deep.equal({ Physics: 0, Biology: 3, Chemistry: 0 });
    expect(made.decisions().join('\n')).to.match(/BiologyQueue_1 has 3 machines, and at most 3 are wanted/);
  });

  it('takes back what is above a share for a group below its own, and ends no job for it', async () => {
    const made = await world();
    const ids = [];
    for (let count = 0; count < 8; count += 1) ids.push(await made.submit('biology', 200));
    await made.pass(240_000);
    expect(made.machines()).to.deep.equal({ Physics: 0, Biology: 4, Chemistry: 0 });
    const wanted = await made.submit('physics', 20);
    const late = await made.submit('chemistry', 20);
    await made.pass(600_000);
    expect(made.decisions().join('\n')).to.match(/no host has room: .*; BiologyQueue_1 is above its share/);
    expect(await made.job(wanted)).to.match(/JobState=COMPLETED .*Restarts=0/);
    expect(await made.job(late)).to.match(/JobState=COMPLETED .*Restarts=0/);
    await made.pass(1_200_000);
    for (const id of ids) expect(await made.job(id), id).to.match(/JobState=COMPLETED .*Restarts=0/);
    expect(made.eventsNamed('group.short').every(({ component }) => component === 'BiologyQueue_1')).to.equal(true);
    expect(made.machines()).to.deep.equal({ Physics: 0, Biology: 0, Chemistry: 0 });
  });

  it('leaves what is free to a group that waits below its share', async () => {
    const made = await world({ hostMemory: '1500 MiB' });
    for (let count = 0; count < 3; count += 1) await made.submit('chemistry', 900);
    await made.submit('physics', 900);
    await made.submit('physics', 900);
    await made.pass(200_000);
    // room for two: one each, for chemistry has its share, and physics is not due more than there is
    expect(made.machines()).to.deep.equal({ Physics: 1, Biology: 0, Chemistry: 1 });
    expect(made.decisions().join('\n')).to.match(/ChemistryQueue_1 has its share of 1.*kept for PhysicsQueue_1/);
    expect(made.eventsNamed('scale.failed')).to.deep.equal([]);
  });

  it('is told only, and does nothing, where its mode says so', async () => {
    const made = await world({ mode: 'recommend' });
    await made.submit('physics', 900);
    await made.pass(120_000);
    expect(made.machines()).to.deep.equal({ Physics: 0, Biology: 0, Chemistry: 0 });
    expect(made.texts().join('\n')).not.to.match(/group-on-demand failed/);
  });

  it('counts only jobs that wait for nodes, and decides nothing where the controller does not answer', async () => {
    const made = await world();
    const held = await made.submit('physics', 600, '--hold');
    await made.pass(120_000);
    expect(made.machines()['Physics']).to.equal(0);
    await made.slurm('scontrol', 'release', held);
    made.infrastructure.faults.hostUnreachable('desk');
    await made.pass(120_000);
    expect(made.decisions().filter((text) => /^group: (grow|remove)/.test(text))).to.deep.equal([]);
    made.infrastructure.faults.hostRecovers('desk');
    await made.pass(120_000);
    expect(made.machines()['Physics']).to.equal(1);
  });

  it('takes back a machine whose node does not join, and tries again later', async () => {
    let broken = true;
    const software = withFaulty(([program]) => broken && program?.endsWith('slurmd') === true);
    const made = await world({}, software);
    const id = await made.submit('physics', 10);
    await made.pass(60_000);
    expect(made.machines()['Physics']).to.equal(0);
    expect(made.texts().join('\n')).to.match(/slurmd ended by itself on PhysicsMachine_1/);
    expect([...(await made.domains('host1')), ...(await made.domains('host2'))]).to.deep.equal([]);
    broken = false;
    await made.pass(120_000);
    expect(await made.job(id)).to.match(/JobState=COMPLETED/);
  });

  it('keeps a machine whose jobs do not end in time', async () => {
    const made = await world({ patience: '30 s' });
    const ids = [];
    for (let count = 0; count < 4; count += 1) ids.push(await made.submit('biology', 900));
    await made.pass(240_000);
    await made.submit('physics', 20);
    await made.pass(120_000);
    const [failed] = made.eventsNamed('scale.failed');
    expect(failed?.component).to.match(/^BiologyMachine_/);
    expect(failed?.arg).to.match(/drain/);
    expect(made.machines()).to.deep.equal({ Physics: 0, Biology: 4, Chemistry: 0 });
    for (const id of ids) expect(await made.job(id)).to.match(/JobState=RUNNING .*Restarts=0/);
  });

  it('serves random users: every job ends well, no share is denied for long, and nothing is left', async () => {
    const made = await world();
    const random = new SeededRandom(4);
    const ids: string[] = [];
    for (let minute = 0; minute < 90; minute += 1) {
      for (const partition of ['physics', 'biology', 'chemistry']) {
        // users of a group come in bursts, at other times than those of another
        const busy = Math.floor(minute / 15 + partition.length) % 3 === 0;
        if (random.next() < (busy ? 0.7 : 0.05))
          ids.push(await made.submit(partition, 20 + Math.floor(random.next() * 200)));
      }
      await made.pass(60_000);
      const { Physics = 0, Biology = 0, Chemistry = 0 } = made.machines();
      expect(Physics + Biology + Chemistry).to.be.at.most(4);
    }
    await made.pass(3_600_000);
    expect(ids.length).to.be.at.least(40);
    for (const id of ids) expect(await made.job(id), id).to.match(/JobState=COMPLETED .*Restarts=0/);
    expect(made.machines()).to.deep.equal({ Physics: 0, Biology: 0, Chemistry: 0 });
  });
});
