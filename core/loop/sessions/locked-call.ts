import type { OperationCall } from '../../model/diagram.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { CallContext } from '../operations/call-context.js';
import type { Effector } from '../operations/effector.js';
import type { LockTable } from './locks.js';
import { PausableLocks } from './pausable-locks.js';
import { touchedByCall } from './touched.js';

/** Makes one call that belongs to no procedure, once no procedure touches the same components. */
export function lockedCall(
  parts: { readonly locks: LockTable; readonly system: SystemRepresentation; readonly effector: Effector },
  call: OperationCall,
  context: CallContext,
): Promise<unknown> {
  const { locks, system, effector } = parts;
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      cancel();
      reject(call.signal.reason as Error);
    };
    const wanted = () => touchedByCall(call.src, system, context.scope, context.variables);
    const cancel = locks.acquire(wanted, (table) => {
      const held = new PausableLocks(locks, wanted, table);
      call.signal.removeEventListener('abort', onAbort);
      const own: CallContext = {
        ...context,
        onCreated: ({ name }) => held.add(name),
        unlocked: (wait) => held.without(wait),
      };
      effector
        .run(call, own)
        .finally(() => {
          // a decision is the cause of what follows it
          context.cause = own.cause;
          if (own.granted === undefined) delete context.granted;
          else context.granted = own.granted;
          held.release();
        })
        .then(resolve, reject);
    });
    call.signal.addEventListener('abort', onAbort, { once: true });
  });
}
