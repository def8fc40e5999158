import { InvalidArgumentError, Option } from 'commander';
import { BUS_VARIABLE, PKI_VARIABLE } from '../bus-address.js';
import { TOKEN_VARIABLE } from '../bus-token.js';
import type { ListenAddress } from '../manager/manager-bus.js';
import { port } from './options.js';

/** Where a hub listens, and a bus is looked for, unless told. */
export const DEFAULT_LISTEN: ListenAddress = { host: '127.0.0.1', port: 7420 };

/** `--bus`, of every command that joins a bus. */
export function busOption(): Option {
  return new Option('--bus <url>', 'the bus: ws://, wss://, nats:// or tls+nats://HOST:PORT').env(BUS_VARIABLE);
}

/** `--pki`, beside {@link busOption}. */
export function pkiOption(what = 'the folder of your certificate, as "attitune pki issue" made it'): Option {
  return new Option('--pki <folder>', what).env(PKI_VARIABLE);
}

/** `--bus-token`, beside {@link busOption}. */
export function busTokenOption(): Option {
  return new Option(
    '--bus-token <file>',
    'the token of a bus without certificates (default: bus-token in the state folder, made where there is none)',
  ).env(TOKEN_VARIABLE);
}

/** `HOST:PORT`, `[::1]:PORT`, or a port of the loopback address. */
export function listenAddress(text: string): ListenAddress {
  const { host, port: number } = /^(?:(?<host>\[[0-9a-fA-F:.]+\]|[^:\s]+):)?(?<port>\d+)$/.exec(text)?.groups ?? {};
  if (number === undefined)
    throw new InvalidArgumentError('It has the form HOST:PORT, such as 0.0.0.0:7421, or is a port of this machine.');
  return { host: host?.replace(/^\[|\]$/g, '') ?? DEFAULT_LISTEN.host, port: port(number) };
}
