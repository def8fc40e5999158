import { AttituneError } from '../../core/model/errors.js';
import { TUBE_ADDRESS } from '../../core/model/event-pipe.js';
import type { OperationContext } from '../../core/model/wrapper.js';
import type { NavigationText } from './navigation.js';
import { attributeOf, executorFor } from './node-access.js';

/** `<event-pipe/>` of a wrapper file. */
export interface EventPipeDescription {
  /** Whose members may write, beside the user whom the component's node is administered as. */
  readonly group?: string;
}

/**
 * `$1` the folder for files of components on this node (TUNe's `dirLocal`), or nothing; `$2` the deployment, `$3` the
 * component, `$4` a group that may write, or nothing. Makes the pipe unless it is there, and prints its path. A file or
 * folder of somebody else in its place is not used. Needs a POSIX shell and coreutils.
 */
const MAKE_PIPE_SCRIPT = `set -e
umask 066
me=$(id -u)
if [ -n "$1" ]; then base=$1
elif [ "$me" = 0 ]; then base=/run/attitune
elif [ -n "$XDG_RUNTIME_DIR" ]; then base=$XDG_RUNTIME_DIR/attitune
else base=/tmp/attitune-$me; fi
folder=$base/$2.pipes
mkdir -p -- "$folder"
for each in "$base" "$folder"; do
  [ -O "$each" ] && [ ! -L "$each" ] || [ "$each" = "$1" ] || { echo "$each belongs to somebody else" >&2; exit 1; }
done
pipe=$folder/$3
[ -p "$pipe" ] && [ -O "$pipe" ] && [ ! -L "$pipe" ] || { rm -f -- "$pipe"; mkfifo -m 600 -- "$pipe"; }
if [ -n "$4" ]; then chgrp -- "$4" "$pipe" && chmod 620 -- "$pipe"; fi
printf '%s\\n' "$pipe"`;

/** True where a wrapper's parameter names the pipe of its own component. */
export function asksForPipe(text: NavigationText): boolean {
  return text.some((part) => {
    if (typeof part === 'string') return false;
    const [first, second] = part.segments;
    return part.segments.length === 1 ? first === TUBE_ADDRESS : first === 'this' && second === TUBE_ADDRESS;
  });
}

/** Makes the component's pipe where it is not there, and sets the attribute `tubeAddr`. Rejects with `operation-failed`. */
export async function ensureEventPipe(context: OperationContext, { group = '' }: EventPipeDescription): Promise<void> {
  const { component, system, infrastructure, signal } = context;
  const executor = executorFor(component, system, infrastructure);
  const dirLocal = attributeOf(component, 'dirLocal', system, infrastructure) ?? '';
  const deployment = system.deployment.name.replace(/[^\w.-]/g, '_');
  const simulated = `${dirLocal || '/run/attitune'}/${deployment}.pipes/${component.name}`;
  const { exitCode, stdout, stderr } = await executor.run({
    // simulated machines know no whole shell
    argv:
      infrastructure.kind === 'simulated'
        ? ['mkfifo', simulated]
        : ['sh', '-c', MAKE_PIPE_SCRIPT, 'attitune', dirLocal, deployment, component.name, group],
    signal,
  });
  const path = infrastructure.kind === 'simulated' ? simulated : stdout.trim();
  if (exitCode === 0 && path !== '') component.setAttribute(TUBE_ADDRESS, path);
  else {
    throw new AttituneError(
      'operation-failed',
      `The event pipe of ${component.name} could not be made on ${executor.node}: ${stderr.trim() || `exit code ${exitCode}`}.`,
    );
  }
}
