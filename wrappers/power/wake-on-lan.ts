import { AttituneError } from '../../core/model/errors.js';
import type { Executor } from '../../core/model/executor.js';
import type { PowerControl, PowerSettings, PowerState } from '../../core/model/power.js';
import { sendMagicPacket } from './magic-packet.js';

const TIMEOUT_MS = 30_000;

/** What Wake-on-LAN needs besides the network card's address. */
export interface WakeOnLanParts {
  /** Runs `systemctl poweroff` on the host. */
  readonly executor: Executor;
  /** Whether its hypervisor answers: the only sign of life that there is. */
  readonly answers: () => Promise<boolean>;
  readonly send?: typeof sendMagicPacket;
}

/** A host that its network card wakes, and that is shut down by a command on it. That it is off nobody can be asked. */
export class WakeOnLanPower implements PowerControl {
  constructor(
    private readonly host: string,
    private readonly settings: Extract<PowerSettings, { by: 'wake-on-lan' }>,
    private readonly parts: WakeOnLanParts,
  ) {}

  /** Its hypervisor may tell more, see `guarded`. */
  state(): Promise<PowerState> {
    return Promise.resolve('unknown');
  }

  async off(): Promise<void> {
    if (!(await this.parts.answers())) return;
    const { exitCode, stderr } = await this.parts.executor
      .run({ argv: ['systemctl', 'poweroff'], timeoutMs: TIMEOUT_MS })
      .catch((error: unknown) => {
        throw AttituneError.from(error, 'power', `${this.host} could not be told to shut down`);
      });
    if (exitCode === 0) return;
    const why = stderr.trim() || `exit code ${exitCode}`;
    throw new AttituneError('power', `${this.host} does not shut down: systemctl poweroff says ${why}.`);
  }

  async on(): Promise<void> {
    const { mac, broadcast, port } = this.settings;
    try {
      await (this.parts.send ?? sendMagicPacket)(mac, { address: broadcast, port });
    } catch (error) {
      throw AttituneError.from(error, 'power', `The packet that wakes ${this.host} could not be sent to ${broadcast}`);
    }
  }
}
