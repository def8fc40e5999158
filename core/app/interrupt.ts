import { AttituneError } from '../model/errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs something under a signal that Ctrl-C, a termination or a closed terminal aborts, so that it ends in order.
 * Told again, it only says that it is on its way: what was set up must be taken down.
 */
export async function interruptible<T>(
  say: (text: string) => void,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      say('Still taking things down; please wait.');
      return;
    }
    say(`${name === 'SIGINT' ? 'Ctrl-C' : name}: taking things down …`);
    controller.abort(new AttituneError('cancelled', `Stopped by ${name}; what had been set up was taken down.`));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await run(controller.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
