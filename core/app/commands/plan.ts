import { InvalidArgumentError, Option, type Command } from 'commander';
import { AttituneError } from '../../model/errors.js';
import { afterPlan } from '../../placement/after-plan.js';
import type { Plan } from '../../placement/cluster.js';
import { planPlacement } from '../../placement/plan-placement.js';
import { PLAN_GOALS, planRequest, type PlanOptions } from '../plan/goals.js';
import type { LiveOptions } from '../plan/live-snapshot.js';
import { patientClock } from '../plan/patience.js';
import { planJson } from '../plan/plan-json.js';
import { planText } from '../plan/plan-text.js';
import { readSnapshot, type Snapshot } from '../plan/snapshot-file.js';
import { writeOutput } from '../plan/write-output.js';
import type { Terminal } from '../terminal.js';
import { addLiveOptions } from './live-options.js';
import { count, milliseconds, natural, portion } from './options.js';

interface Options extends LiveOptions {
  readonly loads?: string;
  readonly goal: string;
  readonly host?: readonly string[];
  readonly below?: number;
  readonly minimumGain?: number;
  readonly maxMoves?: number;
  readonly seed: number;
  readonly budget?: number;
  readonly out?: string;
  readonly json?: boolean;
}

const HELP = `
SNAPSHOT is a JSON document of "attitune snapshot", or a file of Ganeti's tools (hbal -S, hscan), with its loads in -U.
Without one the cluster is asked for: of the hosts of --hosts, --connect or --lab, else of the manager of
this machine, or of the one on --bus.
Nothing is moved. It ends with 0 where there is a plan or nothing to do, with 1 where the goal cannot be reached (the
smallest set of what is in the way is told), with 2 where the call or a file was wrong.

Goals:
${Object.entries(PLAN_GOALS)
  .map(([name, { description }]) => `  ${name.padEnd(12)} ${description}`)
  .join('\n')}

Examples:
  attitune plan cluster.json --goal balance
  attitune plan cluster.json --goal evacuate --host host3 --json
  attitune plan c20.data -U c20.util --goal balance --out c20.after
  attitune plan --hosts servers.hosts.xml --goal relieve --below "70 %"`;

/** What would be moved, and why; nothing is. */
export function planCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('plan')
    .description('where virtual machines should be: the moves for a goal, and why; nothing is moved')
    .argument(
      '[snapshot]',
      'a JSON document of "attitune snapshot", or a file of Ganeti’s tools; absent: the live cluster',
    )
    .addHelpText('after', HELP)
    .option('-U, --loads <file>', 'loads of the instances of a file of Ganeti’s tools: name cpu memory disk network')
    .addOption(
      new Option('--goal <goal>', 'what the plan is for').choices(Object.keys(PLAN_GOALS)).makeOptionMandatory(),
    )
    .addOption(
      new Option('--host <name>', 'a host that the goal is about; may be given several times').argParser(
        (text: string, former: readonly string[] | undefined) => [...(former ?? []), text],
      ),
    )
    .addOption(
      new Option(
        '--below <ratio>',
        'no move brings a host’s CPU to it, such as "80 %" (default: the goal’s)',
      ).argParser(portion),
    )
    .addOption(
      new Option('--minimum-gain <number>', 'what each move must gain at least, in hosts').argParser(notNegative),
    )
    .addOption(new Option('--max-moves <number>', 'virtual machines that are moved at most').argParser(count))
    .addOption(new Option('--seed <number>', 'the same seed gives the same plan').argParser(natural).default(1))
    .addOption(
      new Option('--budget <duration>', 'the best plan found within that time, such as "5 s"').argParser(milliseconds),
    )
    .option('--out <file>', 'write the state afterwards, in the format of the snapshot')
    .option('--json', 'print {feasible,moves,before,after,rejected,elapsedMs,answer,why} as JSON');
  addLiveOptions(command).action(async (file: string | undefined, options: Options) => {
    const snapshot = await snapshotOf(terminal, file, options);
    const plan = planPlacement(snapshot.cluster, planRequest(snapshot, planOptions(options, terminal)));
    terminal.done();
    tell(terminal, snapshot, plan, options);
  });
}

async function snapshotOf(terminal: Terminal, file: string | undefined, options: Options): Promise<Snapshot> {
  if (file !== undefined) return readSnapshot(file, options.loads);
  if (options.loads !== undefined)
    throw new AttituneError('usage', 'Loads (-U) belong to a file of Ganeti’s tools: name it first.');
  // what talks to hosts and managers is most of what there is to load
  const { liveCluster } = await import('../plan/live-snapshot.js');
  return liveCluster(terminal, options);
}

function planOptions(options: Options, terminal: Terminal): PlanOptions {
  const { goal, host = [], below, minimumGain, maxMoves, seed, budget } = options;
  const most = budget === undefined ? '' : ` of at most ${Math.round(budget / 1000)} s`;
  const now = patientClock(
    () => performance.now(),
    (elapsedMs) => {
      terminal.say(`… planning: ${Math.round(elapsedMs / 1000)} s${most}`);
    },
  );
  return {
    goal,
    hosts: host,
    ...(below === undefined ? {} : { below }),
    ...(minimumGain === undefined ? {} : { minimumGain }),
    search: {
      seed,
      now,
      ...(budget === undefined ? {} : { budgetMs: budget }),
      ...(maxMoves === undefined ? {} : { maxMoves }),
    },
  };
}

function tell(terminal: Terminal, { cluster, write }: Snapshot, plan: Plan, { out, json }: Options): void {
  const after = afterPlan(cluster, plan);
  if (out !== undefined) writeOutput(out, write(after));
  if (json === true) terminal.json(planJson(plan));
  else terminal.result(planText(plan, cluster, after));
  if (plan.answer === 'infeasible') process.exitCode = 1;
}

function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('It must be a number of at least 0.');
  return value;
}
