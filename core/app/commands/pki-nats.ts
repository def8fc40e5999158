import type { Command } from 'commander';
import pc from 'picocolors';
import { PkiFolder } from '../../pki/index.js';
import { writeNatsServerFiles, type NatsServerFiles } from '../nats-server-files.js';
import type { Terminal } from '../terminal.js';
import { port } from './options.js';

interface Options {
  readonly dir?: string;
  readonly address: string;
  readonly port: number;
  readonly space?: string;
  readonly managers?: readonly string[];
  readonly installed: string;
  readonly store: string;
  readonly json?: boolean;
}

/** The server of a bus over NATS, for everybody who has a certificate. */
export function pkiNatsCommand(pki: Command, terminal: Terminal, folderOf: (dir: string | undefined) => string): void {
  pki
    .command('nats-config')
    .description(
      'write the configuration of a nats-server on which everybody with a certificate speaks under its own name only: ' +
        'hosts as agents, clients as managers; again after each certificate that is issued',
    )
    .argument('<host>', 'the host that the server runs on, which has a certificate')
    .option('--address <address>', 'where it listens', '0.0.0.0')
    .option('--port <port>', 'on which port', port, 4222)
    .option('--space <name>', 'the space of this system, where several share a server (default: main)')
    .option('--managers <names>', 'which of the clients are managers: A,B (default: all of them)', names)
    .option('--installed <folder>', 'where its files will be on that host', '/etc/nats')
    .option('--store <folder>', 'where its store will be on that host', '/var/lib/nats')
    .option('--dir <folder>', 'the folder of the authority (default: pki in the state folder)')
    .option('--json', 'print it as JSON')
    .action(async (host: string, { dir, json, ...request }: Options) => {
      const made = await writeNatsServerFiles(await PkiFolder.open(folderOf(dir)), { host, ...request }, new Date());
      if (json === true) terminal.json(made);
      else terminal.result(forAdministrator(host, request, made));
      for (const name of made.passedOver)
        terminal.say(pc.yellow(`${name} cannot be the name of a member of a bus, and is not let in.`));
    });
}

function forAdministrator(
  host: string,
  { installed, store, port: number, space }: Omit<Options, 'dir' | 'json'>,
  { folder, users }: NatsServerFiles,
): string {
  const named = (kind: 'agent' | 'manager') =>
    users
      .filter((user) => user.kind === kind)
      .map(({ name }) => name)
      .join(', ') || 'none';
  const address = `${host.includes(':') ? `[${host}]` : host}:${number}${space === undefined ? '' : `/${space}`}`;
  return [
    `${folder}  for agents ${named('agent')}; for managers ${named('manager')}`,
    '',
    'Copy it to the host, where the package nats-server is installed, for the user of its service:',
    `  tar -C '${folder}' -cf - . | ssh root@${host} 'install -d -o nats -m 700 ${installed} ${store} &&`,
    `    tar -C ${installed} --no-same-owner -xf - && chown -R nats ${installed}'`,
    `Its service reads /etc/nats-server.conf: ssh root@${host} 'ln -sf ${installed}/nats-server.conf /etc/nats-server.conf &&`,
    `    systemctl restart nats-server' (later, after more certificates: systemctl reload nats-server).`,
    `Then --bus tls+nats://${address} --pki FOLDER reaches it; a manager first, which makes the list of members.`,
  ].join('\n');
}

function names(text: string): readonly string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}
