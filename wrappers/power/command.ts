import { AttituneError } from '../../core/model/errors.js';
import type { PowerControl, PowerSettings, PowerState } from '../../core/model/power.js';
import type { Programs } from '../machine/programs.js';

const TIMEOUT_MS = 120_000;

/** A host that commands of the administrator switch; they run on the manager's machine, without a shell. */
export class CommandPower implements PowerControl {
  constructor(
    private readonly host: string,
    private readonly settings: Extract<PowerSettings, { by: 'command' }>,
    private readonly programs: Programs,
  ) {}

  async state(): Promise<PowerState> {
    const { state } = this.settings;
    if (!state) return 'unknown';
    const said = (await this.#run(state)).trim().toLowerCase();
    return said === 'on' || said === 'off' ? said : 'unknown';
  }

  async off(): Promise<void> {
    if ((await this.state()) !== 'off') await this.#run(this.settings.off);
  }

  async on(): Promise<void> {
    if ((await this.state()) !== 'on') await this.#run(this.settings.on);
  }

  async #run([file = '', ...args]: readonly string[]): Promise<string> {
    try {
      return await this.programs.run([file, ...args], { timeoutMs: TIMEOUT_MS, failure: 'power' });
    } catch (error) {
      const { code, message } = AttituneError.from(error, 'power');
      // it is no package of ours that is missing
      const known = code === 'missing-package' ? `there is no program "${file}"` : message;
      throw new AttituneError(code === 'missing-package' ? 'power' : code, `Switching ${this.host}: ${known}`, {
        cause: error,
      });
    }
  }
}
