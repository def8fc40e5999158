import { inject, injectable } from 'inversify';
import { AttituneError } from '../core/model/errors.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import { readHostFiles } from './sources/host-files.js';
import type { LocalMachine } from './sources/local-machine.js';
import { parseLoadavg } from './sources/proc.js';
import * as Token from './tokens.js';

/** The load average over one minute of a host: processes that run or wait for a CPU or a disk. */
@injectable()
export class LoadProbe implements Probe {
  readonly measure = 'load';
  readonly description = 'Load average of a host over the last minute.';
  readonly unit = 'load';
  readonly parameters = [];
  readonly #local: LocalMachine;

  constructor(@inject(Token.LocalMachine) local: LocalMachine) {
    this.#local = local;
  }

  attach(target: ProbeTarget): ProbeInstance {
    return {
      read: async (signal) => {
        const domain = target.domain();
        if (domain !== undefined) {
          // a hypervisor does not see how many processes wait inside a guest, and the host's own load is not the guest's
          throw new AttituneError(
            'value',
            `The load average inside the VM ${domain} cannot be seen from its host; measure "cpu" of it instead.`,
          );
        }
        const host = target.host();
        const usage = await host.usage?.();
        if (usage?.load) return usage.load[0];
        const [text = ''] = await readHostFiles(host, this.#local, ['/proc/loadavg'], signal);
        return parseLoadavg(text)[0];
      },
    };
  }
}
