import { AGENT_ROLE, agentStatus, type AgentDirectory } from '../../loop/agents/index.js';
import type { Clock } from '../../model/clock.js';
import type { AgentStatus, ManagerStatus } from '../../model/manager-status.js';
import type { MemberBus } from '../../model/member-bus.js';

/** Managers have so long to answer. */
const ANSWER_MS = 1000;

export interface NamedStatus {
  readonly manager: string;
  readonly status: ManagerStatus;
}

/** What every manager on the bus says of itself, in the order of their names. */
export async function askManagers(member: MemberBus): Promise<readonly NamedStatus[]> {
  const answers = await member.requestMany('manager.status', {}, { timeoutMs: ANSWER_MS });
  return answers
    .map(({ from, answer }) => ({ manager: from, status: answer }))
    .sort((a, b) => (a.manager < b.manager ? -1 : 1));
}

/**
 * Every agent on the bus: as the managers know it, else as this member hears it. Heartbeats of those that no manager knows
 * are waited for, at most `withinMs`.
 */
export async function gatherAgents(
  directory: AgentDirectory,
  clock: Clock,
  withinMs: number,
  signal: AbortSignal,
): Promise<readonly AgentStatus[]> {
  const rows = new Map<string, AgentStatus>();
  for (const { status } of await askManagers(directory.member))
    for (const agent of status.agents) rows.set(agent.name, fresher(rows.get(agent.name), agent));
  const unknown = () => directory.all().filter(({ name }) => !rows.has(name));
  await directory.heard(
    unknown().map(({ name }) => name),
    withinMs,
    signal,
  );
  for (const known of unknown())
    if (known.heardAt !== undefined || known.membership?.member.role === AGENT_ROLE)
      rows.set(known.name, agentStatus({ name: known.name, known, refused: {}, host: false }, clock.now()));
  return [...rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of what two managers say, what the one says whose host it is, or that heard it last. */
function fresher(one: AgentStatus | undefined, other: AgentStatus): AgentStatus {
  if (!one) return other;
  if (one.host !== other.host) return one.host ? one : other;
  return (one.ageMs ?? Infinity) <= (other.ageMs ?? Infinity) ? one : other;
}
