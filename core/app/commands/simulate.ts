import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { addDeployment } from './simulate-deployment.js';
import { addPlanetlab } from './simulate-planetlab.js';

/** What would be, on simulated hosts. */
export function simulateCommand(program: Command, terminal: Terminal): void {
  const simulate = program
    .command('simulate')
    .description('what would be: recorded traces, or a deployment of another size');
  // the command and its own command have options of the same names: each takes those that follow it
  for (const command of [program, simulate]) command.enablePositionalOptions();
  addDeployment(simulate, terminal);
  addPlanetlab(simulate, terminal);
}
