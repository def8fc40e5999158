import { join, resolve } from 'node:path';
import Table from 'cli-table3';
import type { Command } from 'commander';
import pc from 'picocolors';
import { AttituneError } from '../../model/errors.js';
import {
  AUTHORITY_DAYS,
  CERTIFICATE_DAYS,
  EXPIRY_WARNING_DAYS,
  PkiFolder,
  type Issued,
  type StoredCertificate,
  type Validity,
} from '../../pki/index.js';
import { stateFolder } from '../state-folder.js';
import type { Terminal } from '../terminal.js';
import { count } from './options.js';
import { pkiNatsCommand } from './pki-nats.js';

interface Options {
  readonly dir?: string;
  readonly json?: boolean;
  readonly days?: number;
}

interface IssueOptions extends Options {
  readonly client?: string;
  readonly address: readonly string[];
  readonly alias: readonly string[];
}

const STATES: Readonly<Record<Validity, string>> = {
  valid: pc.green('valid'),
  'expires-soon': pc.yellow('expires soon'),
  expired: pc.red('expired'),
  'not-yet-valid': pc.red('not yet valid'),
};

/** Certificates for libvirt's TLS transport and for the bus. */
export function pkiCommand(program: Command, terminal: Terminal): void {
  const pki = program.command('pki').description('a certificate authority, and certificates for hosts and people');
  const folderOption = ['--dir <folder>', 'the folder of the authority (default: pki in the state folder)'] as const;
  const jsonOption = ['--json', 'print it as JSON'] as const;

  pki
    .command('init')
    .description('make a certificate authority; one that is there is never replaced')
    .option(...folderOption)
    .option('--name <name>', 'its name in certificates', 'AttiTUNe CA')
    .option('--days <days>', 'how long it is valid', count, AUTHORITY_DAYS)
    .option(...jsonOption)
    .action(async ({ dir, name, days, json }: Options & { readonly name: string }) => {
      const now = new Date();
      const folder = folderOf(dir);
      const made = await PkiFolder.init(folder, { name, days }, now);
      const [authority] = await made.certificates(now);
      if (json === true) terminal.json(authority);
      else
        terminal.result(
          [
            `${folder}/cacert.pem  what hosts and clients trust`,
            `${folder}/cakey.pem   its key: whoever has it can command every host; keep it here, and a copy in a safe place`,
            '',
            `Next: attitune pki issue HOST${dir === undefined ? '' : ` --dir ${dir}`} for each host, and --client NAME for yourself.`,
          ].join('\n'),
        );
    });

  pki
    .command('issue')
    .description('issue a certificate for a host, or for a client; what it had before is replaced')
    .argument('[host]', 'its name, or address, as URIs and other hosts call it')
    .option('--client <name>', 'for an administrator or a manager instead of a host')
    .option('--address <address>', 'an address that stands for the host, too; may be given several times', collect, [])
    .option('--alias <name>', 'one more name of the host; may be given several times', collect, [])
    .option('--days <days>', 'how long it is valid', count, CERTIFICATE_DAYS)
    .option(...folderOption)
    .option(...jsonOption)
    .action(async (host: string | undefined, options: IssueOptions) => {
      const { client, address, alias, days, dir, json } = options;
      if ((host === undefined) === (client === undefined))
        throw new AttituneError('usage', 'Name a host, or a client with --client NAME: one of the two.');
      if (client !== undefined && address.length + alias.length > 0)
        throw new AttituneError('usage', 'A client has no --address and no --alias: they are for hosts.');
      const now = new Date();
      const authority = await PkiFolder.open(folderOf(dir));
      const issued =
        host === undefined
          ? await authority.issueClient(client as string, { days }, now)
          : await authority.issueHost(host, { alternatives: [...alias, ...address], days }, now);
      if (json === true) terminal.json(issued);
      else terminal.result(host === undefined ? forClient(issued) : forHost(host, issued));
      warn(terminal, await authority.certificates(now));
    });

  pkiNatsCommand(pki, terminal, folderOf);

  pki
    .command('show')
    .description('list the certificates and when they expire')
    .option(...folderOption)
    .option(...jsonOption)
    .action(async ({ dir, json }: Options) => {
      const certificates = await (await PkiFolder.open(folderOf(dir))).certificates(new Date());
      if (json === true) terminal.json(certificates);
      else terminal.result(table(certificates));
      warn(terminal, certificates);
    });
}

function folderOf(dir: string | undefined): string {
  return dir === undefined ? join(stateFolder(undefined), 'pki') : resolve(dir);
}

function forHost(host: string, { folder, certificate }: Issued): string {
  return [
    `${folder}  for ${certificate.hosts.join(', ')}, until ${day(certificate.validTo)}`,
    '',
    `It is laid out as /etc/pki of the host. Copy it there:`,
    `  tar -C ${quoted(folder)} -cf - CA libvirt | ssh root@${host} 'mkdir -p /etc/pki && tar -C /etc/pki --no-same-owner -xpf -'`,
    'In its /etc/libvirt/libvirtd.conf: listen_tls = 1 (the default); then have it listen:',
    `  ssh root@${host} 'systemctl stop libvirtd; systemctl enable --now libvirtd-tls.socket; systemctl start libvirtd'`,
    `Then qemu+tls://${host.includes(':') ? `[${host}]` : host}/system reaches it.`,
  ].join('\n');
}

function forClient({ folder, certificate }: Issued): string {
  const file = (name: string) => quoted(join(folder, name));
  return [
    `${folder}  for ${certificate.name}, until ${day(certificate.validTo)}`,
    '',
    `Name the folder in URIs (qemu+tls://HOST/system?pkipath=${encodeURI(folder)}), or copy its files to where every`,
    'libvirt client looks. For a user:',
    `  mkdir -p ~/.pki/libvirt && cp ${quoted(folder)}/*.pem ~/.pki/libvirt/`,
    'For root:',
    '  mkdir -p /etc/pki/CA /etc/pki/libvirt/private',
    `  cp ${file('cacert.pem')} /etc/pki/CA/; cp ${file('clientcert.pem')} /etc/pki/libvirt/`,
    `  cp ${file('clientkey.pem')} /etc/pki/libvirt/private/`,
  ].join('\n');
}

function warn(terminal: Terminal, certificates: readonly StoredCertificate[]): void {
  for (const { kind, name, state, validTo } of certificates) {
    const again =
      kind === 'authority' ? 'init, in another folder' : `issue ${kind === 'client' ? '--client ' : ''}${name}`;
    const when =
      state === 'expired' ? 'expired' : state === 'expires-soon' ? `expires within ${EXPIRY_WARNING_DAYS} days,` : '';
    if (when) terminal.say(pc.yellow(`${name} ${when} on ${day(validTo)}: attitune pki ${again}`));
  }
}

function table(certificates: readonly StoredCertificate[]): string {
  const head = ['for', 'name', 'stands for', 'usage', 'expires', ''].map((text) => pc.bold(text));
  const made = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const { kind, name, hosts, usages, validTo, state } of certificates)
    made.push([kind, name, hosts.join(', '), usages.join(', '), day(validTo), STATES[state]]);
  return made.toString();
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** A word for a shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** For an option that may be given several times. */
function collect(text: string, former: readonly string[]): readonly string[] {
  return [...former, text];
}
