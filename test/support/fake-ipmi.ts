import { AttituneError } from '../../core/model/errors.js';
import type { Programs } from '../../wrappers/machine/programs.js';

/** A program that answers as ipmitool does, for one chassis that is on; it keeps what it was called with. */
export function fakeIpmi() {
  const calls: (readonly string[])[] = [];
  let on = true;
  let failure: string | undefined;
  const answers: Readonly<Record<string, () => string>> = {
    status: () => `Chassis Power is ${on ? 'on' : 'off'}\n`,
    soft: () => {
      if (!on) throw refusal('Set Chassis Power Control to Soft failed: Command not supported in present state');
      on = false;
      return 'Chassis Power Control: Soft\n';
    },
    on: () => {
      on = true;
      return 'Chassis Power Control: Up/On\n';
    },
  };
  const run: Programs['run'] = (argv) => {
    calls.push(argv);
    if (failure !== undefined) return Promise.reject(refusal(failure));
    const answer = answers[argv.at(-1) ?? ''];
    return new Promise((resolve) => resolve(answer?.() ?? ''));
  };
  return {
    run,
    calls,
    powered: () => on,
    count: (command: string) => calls.filter((argv) => argv.at(-1) === command).length,
    fail: (message: string) => void (failure = message),
  };
}

function refusal(message: string): AttituneError {
  return new AttituneError('power', `ipmitool failed (exit code 1): ${message}`);
}
