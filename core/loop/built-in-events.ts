import { VM_DOUBLED } from './monitoring/reconciler.js';
import { LOSS_EVENTS } from './monitoring/host-ways.js';
import { ROOM_WANTED } from './planning/room-wanted.js';
import { POLICY_FAILED } from './sessions/policies.js';

/** Events that the manager raises by itself. */
export const BUILT_IN_EVENTS = [
  'vm.failed',
  VM_DOUBLED,
  'process.failed',
  LOSS_EVENTS.agent,
  LOSS_EVENTS.hypervisor,
  'host.reachable',
  POLICY_FAILED,
  ROOM_WANTED,
] as const;

/** Events of these names are raised by people, and by programs outside: `operator.evacuate`. */
export const OUTSIDE_EVENTS = 'operator.';
