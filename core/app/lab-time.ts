import { createInterface } from 'node:readline/promises';
import { SystemClock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import { UndiciHttpClient } from '../../wrappers/http/undici-http-client.js';
import { HttpLoadGenerator } from '../../wrappers/http/http-load-generator.js';
import { installPackages, LabInfrastructure, missingPackages } from '../../wrappers/lab/index.js';
import { GuestAgentExecutor } from '../../wrappers/language/executors/guest-agent.js';
import { LibvirtHypervisor, ReconnectingHypervisor } from '../../wrappers/libvirt/index.js';
import { MACHINE_RANDOM } from '../../wrappers/vm/identity/index.js';
import type { RunningTime } from './infrastructures.js';
import type { Terminal } from './terminal.js';

/** Real libvirt hosts on this machine, in real time. Installs the packages that are missing, asking first on a terminal. */
export async function labTime(terminal: Terminal, yes: boolean, signal: AbortSignal): Promise<RunningTime> {
  requireRoot();
  await ensurePackages(terminal, yes, signal);
  const clock = new SystemClock();
  const infrastructure = new LabInfrastructure({
    clock,
    http: new UndiciHttpClient(),
    load: new HttpLoadGenerator(),
    connect: ({ name, uri }) => {
      const connect = () => LibvirtHypervisor.connect({ host: name, uri, unsafe: true });
      return ReconnectingHypervisor.open({ host: name, uri, connect, clock, random: MACHINE_RANDOM }, signal);
    },
    guestExecutor: (domain, host) => new GuestAgentExecutor(domain, host, domain, clock),
  });
  return { infrastructure, random: MACHINE_RANDOM, drive: (promise) => promise };
}

export function requireRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new AttituneError(
      'not-root',
      'The lab makes namespaces, bridges and virtual machines: run it as root, for example with sudo.',
    );
  }
}

/** Lists what is missing and installs it: after a yes on a terminal, or with `--yes`. Rejects with `missing-package`. */
export async function ensurePackages(terminal: Terminal, yes: boolean, signal: AbortSignal): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  terminal.say(`The lab needs these Debian packages, which are not installed: ${missing.join(' ')}`);
  if (!yes && !(terminal.interactive && (await confirmed(signal)))) {
    throw new AttituneError(
      'missing-package',
      `Missing: ${missing.join(' ')}. Call again with --yes to install them, or install them yourself.`,
    );
  }
  await installPackages(missing, (step, fraction) => terminal.progress(step, fraction), { signal });
  terminal.done();
}

async function confirmed(signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(|y|yes)$/i.test((await lines.question('Install them now? [Y/n] ', { signal })).trim());
  } finally {
    lines.close();
  }
}
