import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { asset } from '../../assets/package-root.js';
import { MEMBER_NAME } from '../../bus/envelope.js';
import { AttituneError } from '../../model/errors.js';
import type { ChoiceKind } from '../../peers/choice.js';

/** How `attitune agent` is told that its machine is a peer. */
export interface PeerAgentOptions {
  /** The policy: a file, or `library:NAME`. Absent: it is none. */
  readonly peer?: string;
  readonly peerParam?: Readonly<Record<string, string>>;
  readonly peerEvery?: number;
  readonly peerUri?: string;
  readonly cell?: string;
  readonly choice?: ChoiceKind;
  readonly trading?: boolean;
  readonly adapting?: boolean;
}

const NAME_IN_URI = '{}';

/** `duration` reads the value of an option in milliseconds. */
export function addPeerOptions(command: Command, duration: (text: string) => number): Command {
  return command
    .option('--peer <policy>', 'relieve other peers and be relieved, by this policy: a diagram, or library:NAME')
    .option('--peer-param <NAME=VALUE>', 'a parameter of the policy; may be given again', parameter)
    .option('--peer-every <duration>', 'how often it looks at itself (default: 1 min)', duration)
    .option('--peer-uri <uri>', 'the libvirt of another peer, {} for its name (default: qemu+tls://{}/system)', peerUri)
    .option('--cell <name>', 'peers of one cell help each other before they ask others', cellName)
    .addOption(
      new Option('--choice <kind>', 'how it picks what it gives away (default: simulated)').choices([
        'simulated',
        'random',
      ]),
    )
    .option('--trading', 'exchange VMs where no single move helps')
    .option('--adapting', 'tell the policy what is known of other peers');
}

/** The same options again, for a service. */
export function peerArgv(options: PeerAgentOptions): readonly string[] {
  const { peer, peerParam = {}, peerEvery, peerUri, cell, choice, trading, adapting } = options;
  const given = (flag: string, value: string | undefined) => (value === undefined ? [] : [flag, value]);
  return [
    ...given('--peer', peer === undefined ? undefined : absolute(peer)),
    ...Object.entries(peerParam).flatMap(([name, value]) => ['--peer-param', `${name}=${value}`]),
    ...given('--peer-every', peerEvery === undefined ? undefined : `${peerEvery} ms`),
    ...given('--peer-uri', peerUri),
    ...given('--cell', cell),
    ...given('--choice', choice),
    ...(trading === true ? ['--trading'] : []),
    ...(adapting === true ? ['--adapting'] : []),
  ];
}

/** Throws `usage` for options of a peer where there is no `--peer`. */
export function checkPeerOptions({ peer, ...others }: PeerAgentOptions): void {
  const { peerParam, peerEvery, peerUri, cell, choice, trading, adapting } = others;
  const told = Object.entries({ peerParam, peerEvery, peerUri, cell, choice, trading, adapting });
  const [first] = told.filter(([, value]) => value !== undefined);
  if (peer !== undefined || !first) return;
  const flag = first[0].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new AttituneError('usage', `--${flag} is for peers: say by which policy, with --peer.`);
}

/** The file of a policy. Throws `file-not-found`. */
export function policyFile(peer: string): string {
  const file = peer.startsWith('library:') ? asset(`diagrams/library/${peer.slice('library:'.length)}.scxml`) : peer;
  if (existsSync(file)) return file;
  const help = peer.startsWith('library:') ? ' "attitune library" lists what there is.' : '';
  throw new AttituneError('file-not-found', `There is no policy ${peer}.${help}`);
}

/** How the libvirt of another peer is reached from here. */
export function uriOfPeer(name: string, { peerUri = 'qemu+tls://{}/system' }: PeerAgentOptions): string {
  return peerUri.replaceAll(NAME_IN_URI, name);
}

function absolute(peer: string): string {
  return peer.startsWith('library:') ? peer : resolve(peer);
}

function parameter(
  text: string,
  former: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at > 0) return { ...former, [text.slice(0, at)]: text.slice(at + 1) };
  throw new InvalidArgumentError('It must be NAME=VALUE, such as "load=1.5".');
}

function peerUri(text: string): string {
  if (text.includes(NAME_IN_URI)) return text;
  throw new InvalidArgumentError(
    'It must have {} where the name of the peer stands: qemu+tls://{}.example.org/system.',
  );
}

function cellName(text: string): string {
  if (MEMBER_NAME.test(text)) return text;
  throw new InvalidArgumentError('It must be a name of letters, digits and . _ -, at most 63.');
}
