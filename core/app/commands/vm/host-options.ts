import { Option, type Command } from 'commander';
import { AttituneError } from '../../../model/errors.js';
import { parseDurationMs } from '../../../model/quantity.js';
import { HOSTS_VARIABLE, type HostOptions } from '../../vm/host-selection.js';

export interface CommonOptions extends HostOptions {
  readonly json?: boolean;
  readonly ignoreUnreachable?: boolean;
}

/** Which hosts a command is about. */
export function addHostOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--hosts <file>',
        `hosts of a *.hosts.xml, a node file or a *.deployment.xml (else: ${HOSTS_VARIABLE})`,
      ),
    )
    .addOption(
      new Option(
        '--connect <[name=]uri>',
        'a host by its libvirt URI, such as qemu+tls://host1/system; may be given several times',
      ).argParser((text: string, former: readonly string[] | undefined) => [...(former ?? []), text]),
    )
    .addOption(new Option('--lab', 'the hosts of the lab that `attitune lab up` left standing'));
}

export function ignoreUnreachable(): Option {
  return new Option('--ignore-unreachable', 'also where a host does not answer, on which the VM could be, too');
}

/** An example at the end of the help. */
export function example(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

/** Milliseconds of an option's duration. Throws `usage`. */
export function duration(text: string): number {
  try {
    return parseDurationMs(text);
  } catch (error) {
    throw AttituneError.from(error, 'usage');
  }
}
