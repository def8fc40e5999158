import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';

/** Adds one command to the program. */
export type AddCommand = (program: Command, terminal: Terminal) => void;

/** Every command, in the order of `--help`, and where it is. Each is loaded only when it is called. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  validate: async () => (await import('./validate.js')).validateCommand,
  draw: async () => (await import('./draw.js')).drawCommand,
  chart: async () => (await import('./chart.js')).chartCommand,
  import: async () => (await import('./import.js')).importCommand,
  library: async () => (await import('./library.js')).libraryCommand,
  run: async () => (await import('./run.js')).runCommand,
  manager: async () => (await import('./manager.js')).managerCommand,
  agents: async () => (await import('./agents.js')).agentsCommand,
  emit: async () => (await import('./emit.js')).emitCommand,
  status: async () => (await import('./status.js')).statusCommand,
  plan: async () => (await import('./plan.js')).planCommand,
  snapshot: async () => (await import('./snapshot.js')).snapshotCommand,
  events: async () => (await import('./events.js')).eventsCommand,
  why: async () => (await import('./why.js')).whyCommand,
  hold: async () => (await import('./control.js')).holdCommand,
  resume: async () => (await import('./control.js')).resumeCommand,
  pending: async () => (await import('./control.js')).pendingCommand,
  approve: async () => (await import('./control.js')).approveCommand,
  decline: async () => (await import('./control.js')).declineCommand,
  mode: async () => (await import('./control.js')).modeCommand,
  simulate: async () => (await import('./simulate.js')).simulateCommand,
  scenario: async () => (await import('./scenario.js')).scenarioCommand,
  types: async () => (await import('./types.js')).typesCommand,
  pki: async () => (await import('./pki.js')).pkiCommand,
  image: async () => (await import('./image.js')).imageCommand,
  vm: async () => (await import('./vm.js')).vmCommand,
  host: async () => (await import('./host.js')).hostCommand,
  hub: async () => (await import('./hub.js')).hubCommand,
  agent: async () => (await import('./agent.js')).agentCommand,
  doctor: async () => (await import('./doctor.js')).doctorCommand,
  lab: async () => (await import('./lab.js')).labCommand,
};

/**
 * The commands that a call needs: the one that it begins with, or all of them, for help and for a name that is none.
 * One alone loads in a fraction of the time that all of them take.
 */
export function commandsFor(argv: readonly string[]): Promise<readonly AddCommand[]> {
  const [first = ''] = argv.slice(2);
  const load = Object.hasOwn(COMMANDS, first) ? [COMMANDS[first]] : Object.values(COMMANDS);
  return Promise.all(load.flatMap((one) => (one ? [one()] : [])));
}
