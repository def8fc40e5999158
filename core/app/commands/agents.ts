import { InvalidArgumentError, type Command } from 'commander';
import { AgentDirectory } from '../../loop/agents/index.js';
import { delay, SystemClock, type Clock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { MemberBus } from '../../model/member-bus.js';
import { parseDurationMs } from '../../model/quantity.js';
import { interruptible } from '../interrupt.js';
import { gatherAgents } from '../manager/ask-managers.js';
import { asMember, DEFAULT_BUS, type ClientOptions } from '../manager/join-as-client.js';
import { agentTable } from '../manager/status-texts.js';
import type { Terminal } from '../terminal.js';
import { busOption, busTokenOption, pkiOption } from './bus-options.js';

interface ListOptions extends ClientOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly within: number;
}

interface SetOptions extends ClientOptions {
  readonly every?: number;
  readonly accepting?: boolean;
  readonly json?: boolean;
}

const WATCH_EVERY_MS = 2000;
const ANSWER_MS = 5000;

const HELP = `
The bus is the manager's own on this machine (${DEFAULT_BUS}) unless told. The managers are asked what they know; of
agents that no manager knows heartbeats are waited for.

Examples:
  attitune agents
  attitune agents --bus wss://manager:7421 --pki ~/pki/me --watch
  attitune agents set host1 --every "2 s" --accepting no`;

/** The agents on a bus: how they are, and how they work. */
export function agentsCommand(program: Command, terminal: Terminal): void {
  const agents = program
    .command('agents')
    .description('the agents on a bus: state, last heartbeat, load, memory, VMs, what was refused of them')
    .addHelpText('after', HELP)
    .addOption(busOption())
    .addOption(pkiOption())
    .addOption(busTokenOption())
    .option('--name <name>', 'your name on the bus (default: the one in your certificate)')
    .option('--json', 'print {agents:[…]} as JSON; with --watch, one line each time')
    .option('--watch', 'again and again, until Ctrl-C')
    .option('--within <duration>', 'how long heartbeats are waited for', duration, 6000)
    .action((options: ListOptions) => list(terminal, options));
  agents
    .command('set')
    .description('change how an agent works, at once and until it is started anew')
    .argument('<agent>', 'its name')
    .option('--every <duration>', 'how often it says how its machine is', duration)
    .option('--accepting <yes|no>', 'whether it takes in virtual machines of others', yesOrNo)
    .action((agent: string, options: SetOptions, command: Command) =>
      set(terminal, agent, { ...command.optsWithGlobals(), ...options }),
    );
}

async function list(terminal: Terminal, options: ListOptions): Promise<void> {
  const clock = new SystemClock();
  await asMember(options, 'client', clock, (member) =>
    options.watch === true
      ? watch(terminal, member, clock, options)
      : show(terminal, new AgentDirectory(member, clock), clock, options, new AbortController().signal),
  );
}

async function watch(terminal: Terminal, member: MemberBus, clock: Clock, options: ListOptions): Promise<void> {
  const directory = new AgentDirectory(member, clock);
  await interruptible(
    () => undefined,
    async (signal) => {
      while (!signal.aborted) {
        await show(terminal, directory, clock, options, signal);
        await delay(clock, WATCH_EVERY_MS, signal).catch(() => undefined);
      }
    },
  );
}

async function show(
  terminal: Terminal,
  directory: AgentDirectory,
  clock: Clock,
  { json, watch: again, within }: ListOptions,
  signal: AbortSignal,
): Promise<void> {
  const agents = await gatherAgents(directory, clock, within, signal);
  if (signal.aborted) return;
  if (json === true) {
    if (again === true) terminal.result(JSON.stringify({ agents }));
    else terminal.json({ agents });
  } else if (agents.length === 0) terminal.say('There is no agent on this bus.');
  else terminal.result(agentTable(agents));
}

async function set(terminal: Terminal, agent: string, { every, accepting, ...options }: SetOptions): Promise<void> {
  if (every === undefined && accepting === undefined)
    throw new AttituneError('usage', 'Say what to change: --every DURATION, --accepting yes|no, or both.');
  const change = {
    ...(every === undefined ? {} : { everyMs: every }),
    ...(accepting === undefined ? {} : { accepting }),
  };
  // agents take commands of managers only
  const now = await asMember(options, 'manager', new SystemClock(), (member) =>
    member.request(agent, 'agent.control', change, { timeoutMs: ANSWER_MS }),
  );
  if (options.json === true) terminal.json({ agent, ...now });
  else
    terminal.result(
      `${agent}: a heartbeat every ${now.everyMs / 1000} s, ${now.accepting ? 'accepting' : 'not accepting'} VMs`,
    );
}

function duration(text: string): number {
  try {
    return parseDurationMs(text);
  } catch (error) {
    throw new InvalidArgumentError(AttituneError.from(error).message);
  }
}

function yesOrNo(text: string): boolean {
  if (text === 'yes' || text === 'no') return text === 'yes';
  throw new InvalidArgumentError('It must be "yes" or "no".');
}
