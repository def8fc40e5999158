import { realpathSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { checkEvery } from '../../agent/agent.js';
import { SystemClock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { BusConnection } from '../../model/member-bus.js';
import { parseDurationMs } from '../../model/quantity.js';
import { agentName, type AgentOptions } from '../agent/agent-options.js';
import { UNIT_FILE } from '../agent/install-unit.js';
import { addPeerOptions, checkPeerOptions, peerArgv } from '../agent/peer-options.js';
import { ownTokenFile } from '../bus-token.js';
import { interruptible } from '../interrupt.js';
import type { Terminal } from '../terminal.js';
import { busOption, busTokenOption, pkiOption } from './bus-options.js';

interface Options extends AgentOptions {
  readonly install?: boolean;
  readonly uninstall?: boolean;
  readonly unit?: string;
}

const WHAT = `
On a bus with certificates the agent uses its host's: 'attitune pki issue HOST', copied to /etc/pki of the host, or of the VM
where it runs inside one. Such a certificate may be an agent and give no commands; managers and people have those of
'attitune pki issue --client NAME'. A bus without certificates is on this machine, and has a token (--bus-token); a command of
the hub's own user finds it.

Examples:
  attitune agent --bus wss://manager:7421 --pki /etc/pki
  attitune agent --bus wss://manager:7421 --pki /etc/pki --managers manager --install`;

/** What runs on each machine: heartbeats, probes, operations. */
export function agentCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('agent')
    .description('the agent of this machine: says how it is, and measures and does what managers ask for')
    .addOption(busOption())
    .addHelpText('after', WHAT)
    .addOption(pkiOption('its certificate: /etc/pki, or another folder that "attitune pki issue HOST" made'))
    .addOption(busTokenOption())
    .option('--name <name>', "its name in deployments (default: this machine's; inside a VM, the VM's)")
    .option('--every <duration>', 'how often it says how its machine is (default: 5 s)', duration)
    .option('--connect <uri>', 'its libvirt (default: qemu:///system, where that listens)')
    .option('--no-hypervisor', 'it has no virtual machines')
    .option('--inside <vm>', 'this machine is that virtual machine')
    .option('--no-accepting', 'it takes in no virtual machines of others; can be changed while it runs')
    .option(
      '--managers <names>',
      'who may give it commands, by name: A,B (default: every manager that the bus lets in)',
      names,
    )
    .option('--properties <file>', 'what it tells managers of this machine when they ask: an INI file of properties');
  addPeerOptions(command, duration)
    .option('--install', 'write a systemd unit that runs it with these options; nothing is started')
    .option('--uninstall', 'remove that unit')
    .option('--unit <file>', `the unit's file; "-" prints it (default: ${UNIT_FILE})`)
    .action(async (options: Options) => {
      checkTogether(options);
      if (options.every !== undefined) checkEvery(options.every);
      if (options.properties !== undefined) await checkProperties(options.properties);
      if (options.uninstall === true) await uninstall(terminal, options);
      else if (options.install === true) await install(terminal, options);
      else await run(terminal, options);
    });
}

async function run(terminal: Terminal, options: Options): Promise<void> {
  const address = addressOf(options);
  const { openMemberBus } = await import('../bus-address.js');
  const { waitForBus } = await import('../agent/open-bus.js');
  const { startAgent } = await import('../agent/compose-agent.js');
  const say = (text: string) => terminal.say(text);
  const clock = new SystemClock();
  const { pki, busToken } = options;
  const name = certified(options) && options.name === undefined ? undefined : agentName(options);
  await interruptible(say, async (signal) => {
    const open = () => openMemberBus({ address, name, role: 'agent', clock, pki, busToken });
    const bus = await waitForBus(open, clock, say, signal).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (!bus) return;
    const running = await startAgent(bus, clock, options, say);
    const connection = bus.onConnection((change) => say(connectionLine(change)));
    try {
      say(`${bus.name} is on ${address}${running.hypervisor ? `, with the VMs of ${running.hypervisor.uri}` : ''}.`);
      await aborted(signal);
    } finally {
      connection.unsubscribe();
      await running.stop();
    }
  });
}

async function install(terminal: Terminal, options: Options): Promise<void> {
  const { installUnit } = await import('../agent/install-unit.js');
  const { systemdUnit } = await import('../agent/systemd-unit.js');
  const { LocalExecutor } = await import('../../../wrappers/language/executors/local.js');
  const bus = addressOf(options);
  const name = await certifiedName(options);
  const text = systemdUnit({ argv: serviceArgv({ ...options, bus, name }), description: `AttiTUNe agent of ${name}` });
  const file = options.unit ?? UNIT_FILE;
  if (file === '-') {
    terminal.result(text);
    return;
  }
  const path = resolve(file);
  const { verified, changed } = await installUnit(new LocalExecutor({ node: name }), path, text);
  const service = basename(path);
  const found = verified ? ', and systemd takes it' : '; there is no systemd here to check it';
  terminal.say(`${path} ${changed ? 'is written' : 'was the same already'}${found}.`);
  if (options.managers === undefined && options.pki !== undefined)
    terminal.say('Every manager with a certificate of a client may give it commands; --managers NAME,… says which.');
  terminal.say(`Next: systemctl daemon-reload && systemctl enable --now ${service}`);
  terminal.say(`Then: journalctl -u ${service} -f`);
}

/**
 * The name that the service will have. With certificates that is the one in its own, which is better found missing now
 * than by a service that does not come up. Rejects with `certificate`.
 */
async function certifiedName(options: Options): Promise<string> {
  if (options.pki === undefined || !certified(options)) return agentName(options);
  const { readCredentials } = await import('../../bus/credentials.js');
  const { name } = await readCredentials(resolve(options.pki), 'client', new Date());
  if (options.name === undefined || options.name === name) return name;
  throw new AttituneError(
    'certificate',
    `The certificate in ${options.pki} is for ${name}, so that the agent cannot be called ${options.name}.`,
  );
}

async function uninstall(terminal: Terminal, { unit = UNIT_FILE }: Options): Promise<void> {
  if (unit === '-') throw new AttituneError('usage', '--uninstall needs the file of a unit, not "-".');
  const { uninstallUnit } = await import('../agent/install-unit.js');
  const path = resolve(unit);
  const service = basename(path);
  if (!(await uninstallUnit(path))) terminal.say(`There is no ${path}.`);
  else {
    terminal.say(`${path} is removed. An agent that runs goes on.`);
    terminal.say(`Next: systemctl stop ${service}; systemctl daemon-reload`);
  }
}

/** The same call, with what came from the environment and with absolute paths. */
function serviceArgv(options: Options & { readonly bus: string }): readonly string[] {
  const { name, bus, pki, every, connect, hypervisor, inside, accepting, managers, properties } = options;
  const script = realpathSync(process.argv[1] ?? '');
  const given = (flag: string, value: string | undefined) => (value === undefined ? [] : [flag, value]);
  return [
    process.execPath,
    script,
    'agent',
    ...given('--bus', bus),
    ...given('--name', name),
    ...given('--pki', pki === undefined ? undefined : resolve(pki)),
    ...given('--bus-token', tokenFileOf(options)),
    ...given('--every', every === undefined ? undefined : `${every} ms`),
    ...given('--connect', connect),
    ...(hypervisor ? [] : ['--no-hypervisor']),
    ...given('--inside', inside),
    ...(accepting ? [] : ['--no-accepting']),
    ...given('--managers', managers?.join(',')),
    ...given('--properties', properties === undefined ? undefined : resolve(properties)),
    ...peerArgv(options),
  ];
}

/** A service has another environment: what is this one's own is written down. */
function tokenFileOf({ bus, busToken }: Options & { readonly bus: string }): string | undefined {
  if (busToken !== undefined) return resolve(busToken);
  return /^(ws|nats):/.test(bus) && process.env['ATTITUNE_STATE'] ? ownTokenFile() : undefined;
}

/** Before anything is joined or installed; what reads them is loaded only where there are some. */
async function checkProperties(file: string): Promise<void> {
  const { propertiesOf } = await import('../agent/property-companion.js');
  propertiesOf(file);
}

/** Whether its name is the one in its certificate, which is so wherever there are certificates. */
function certified({ bus = '', pki }: Options): boolean {
  return pki !== undefined && /^(wss|tls\+\w+):/.test(bus);
}

function checkTogether(options: Options): void {
  const { install, uninstall, unit } = options;
  checkPeerOptions(options);
  if (install === true && uninstall === true)
    throw new AttituneError('usage', '--install and --uninstall contradict each other: leave one out.');
  if (unit !== undefined && install !== true && uninstall !== true)
    throw new AttituneError('usage', '--unit is for --install and --uninstall.');
}

function addressOf({ bus }: Options): string {
  if (bus !== undefined) return bus;
  throw new AttituneError(
    'usage',
    'Name the bus: --bus wss://MANAGER:7421, or ATTITUNE_BUS in the environment. "attitune manager" tells its address.',
  );
}

function connectionLine(change: BusConnection): string {
  return change.connected
    ? 'The bus is there again.'
    : `The bus is lost, and connected to again: ${change.reason.message}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}

function duration(text: string): number {
  try {
    return parseDurationMs(text);
  } catch (error) {
    throw new InvalidArgumentError(AttituneError.from(error).message);
  }
}

function names(text: string): readonly string[] {
  const all = text.split(',').map((name) => name.trim());
  if (all.every((name) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name))) return all;
  throw new InvalidArgumentError('It must be names with commas between, such as "manager,admin".');
}
