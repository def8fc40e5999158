import { AttituneError } from '../../core/model/errors.js';
import type { PowerControl, PowerSettings, PowerState } from '../../core/model/power.js';
import type { Programs } from '../machine/programs.js';

const TIMEOUT_MS = 30_000;

/**
 * The management controller of a host by IPMI 2.0 (`lanplus`), spoken by Debian's `ipmitool`. The password is read by
 * ipmitool from its file (`-f`), so that no list of processes shows it. `power soft` asks the host's system to shut down
 * by ACPI.
 */
export class IpmiPower implements PowerControl {
  readonly #connection: readonly string[];

  constructor(
    private readonly host: string,
    { address, user, passwordFile }: Extract<PowerSettings, { by: 'ipmi' }>,
    private readonly programs: Programs,
  ) {
    this.#connection = ['-I', 'lanplus', '-H', address, '-U', user, '-f', passwordFile];
  }

  async state(): Promise<PowerState> {
    const said = await this.#chassis('status');
    return /power is on/i.test(said) ? 'on' : /power is off/i.test(said) ? 'off' : 'unknown';
  }

  async off(): Promise<void> {
    // a controller refuses to switch off what is off
    if ((await this.state()) !== 'off') await this.#chassis('soft');
  }

  async on(): Promise<void> {
    if ((await this.state()) !== 'on') await this.#chassis('on');
  }

  async #chassis(command: 'status' | 'soft' | 'on'): Promise<string> {
    try {
      return await this.programs.run(['ipmitool', ...this.#connection, 'chassis', 'power', command], {
        timeoutMs: TIMEOUT_MS,
        failure: 'power',
      });
    } catch (error) {
      if (AttituneError.is(error, 'missing-package'))
        throw new AttituneError(
          'missing-package',
          `${this.host} is switched by IPMI, and the program ipmitool is not installed: apt-get install ipmitool.`,
          { cause: error },
        );
      throw AttituneError.from(error, 'power', `The management controller of ${this.host}`);
    }
  }
}
