import { parseDurationMs, parseInteger } from '../../../model/quantity.js';
import type { Plan } from '../../../placement/cluster.js';
import { reachable } from '../../operations/scope.js';
import { planRestart } from '../restarting.js';
import { planGrowth, planSpare } from '../scaling.js';
import { planSize } from '../sizing.js';
import { startOrder } from '../start-order.js';
import { componentsOf, oneOf, pathOf, type Goals, type PlanGround, type PlanParameters } from './goal.js';

/** Goals that move nothing: in which order, one more, one less, larger, once more. */
export const STRUCTURE_GOALS: Goals = {
  order: {
    description: 'Tells the layers to start components in: VMs before what is inside, servers before their clients.',
    parameters: { of: 'all' },
    reads: 'system',
    plan: planOrder,
  },
  grow: {
    description: 'Tells whether one more of a class may be made: not above "most", not within the cool-down.',
    parameters: { of: 'this', most: '*', coolDown: '1 min' },
    reads: 'system',
    plan: (ground, { of = '', most = '', coolDown = '' }) =>
      planGrowth(reachable(ground.system, ground.scope, pathOf(of)), {
        at: ground.cluster.at,
        most: most === '*' ? Infinity : parseInteger(most),
        coolDownMs: parseDurationMs(coolDown),
      }),
  },
  spare: {
    description: 'Finds the youngest of a class that may go: by all lower bounds, "least", and the cool-down.',
    parameters: { of: 'this', least: '1', coolDown: '1 min' },
    reads: 'system',
    plan: (ground, { of = '', least = '', coolDown = '' }) =>
      planSpare(ground.system, componentsOf(ground, of), {
        at: ground.cluster.at,
        least: parseInteger(least),
        coolDownMs: parseDurationMs(coolDown),
      }),
  },
  size: {
    description:
      'Tells what size a VM is to have: as such, or a change; at most its maximum, not within the cool-down.',
    parameters: { of: 'this', memory: '', vcpus: '', coolDown: '1 min' },
    reads: 'system',
    plan: (ground, { of = '', memory = '', vcpus = '', coolDown = '' }) =>
      planSize(
        oneOf('size', ground, of),
        { memory, vcpus },
        { at: ground.cluster.at, coolDownMs: parseDurationMs(coolDown) },
      ),
  },
  restart: {
    description: 'Tells whether a component may be restarted once more: at most "limit" times in a window.',
    parameters: { of: 'this', limit: '3', window: '10 min' },
    reads: 'system',
    plan: (ground, { of = '', limit = '', window = '' }) =>
      planRestart(oneOf('restart', ground, of), {
        at: ground.cluster.at,
        limit: parseInteger(limit),
        windowMs: parseDurationMs(window),
      }),
  },
};

function planOrder(ground: PlanGround, { of = '' }: PlanParameters): Plan {
  const components = componentsOf(ground, of, 'whole');
  const layers = startOrder(ground.system, components).map((layer) => layer.map(({ name }) => name));
  const clients = componentsOf(ground, of, 'clients').filter((client) => !components.includes(client));
  return {
    goal: 'order',
    answer: 'order',
    moves: [],
    rejected: [],
    layers,
    names: layers.flat(),
    clients: [...new Set(clients)].map(({ name }) => name),
    why: layers.map((layer) => layer.join(', ')).join(', then ') || 'there is nothing to start',
  };
}
