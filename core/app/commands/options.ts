import { InvalidArgumentError, Option } from 'commander';
import type { VariableSetting } from '../../model/deployment.js';
import { AttituneError } from '../../model/errors.js';
import { parseDurationMs, parseRatio } from '../../model/quantity.js';

/** Parsers of option values for commander. */
export function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 (any free one) to 65535.');
  return value;
}

/** Collects `NAME=VALUE`, of an option that may be given several times. */
export function setting(text: string, former: readonly VariableSetting[] = []): readonly VariableSetting[] {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('It has the form NAME=VALUE.');
  return [...former, { name: text.slice(0, at), value: text.slice(at + 1) }];
}

/** `--set`, of every command that reads a deployment. */
export function setOption(): Option {
  return new Option(
    '--set <name=value>',
    'the value of a variable of the deployment; may be given several times',
  ).argParser(setting);
}

/** A whole number above 0. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** A whole number from 0 on, such as a seed. */
export function natural(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('It must be a whole number of at least 0.');
  return value;
}

/** A ratio above 0, such as `80 %`. */
export function portion(text: string): number {
  const value = asArgument(() => parseRatio(text));
  if (!(value > 0)) throw new InvalidArgumentError('It must be above 0.');
  return value;
}

/** A ratio of at least 0, such as `0 %`. */
export function share(text: string): number {
  return asArgument(() => parseRatio(text));
}

/** Milliseconds of a duration, such as `5 s`. */
export function milliseconds(text: string): number {
  return asArgument(() => parseDurationMs(text));
}

/** What is wrong with an argument is told with the option that it is of. */
function asArgument<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw AttituneError.is(error) ? new InvalidArgumentError(error.message) : error;
  }
}
