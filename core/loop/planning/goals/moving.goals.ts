import type { Component } from '../../../model/component.js';
import { parseMemoryMiB, parseRatio } from '../../../model/quantity.js';
import type { SystemRepresentation } from '../../../model/system-representation.js';
import type { Cluster, ClusterVm, Plan } from '../../../placement/cluster.js';
import { planElsewhere } from '../../../placement/elsewhere.js';
import { planEvacuation } from '../../../placement/evacuate.js';
import { planGather } from '../../../placement/gather.js';
import { planRelief } from '../../../placement/relieve.js';
import { planReturn, planReturnOf } from '../../../placement/return-home.js';
import { planRoom } from '../../../placement/room.js';
import { wantedSize } from '../sizing.js';
import {
  componentsOf,
  hostOf,
  limitsOf,
  namesOf,
  oneOf,
  type Goals,
  type PlanGround,
  type PlanParameters,
} from './goal.js';

/** Goals of one move a decision: what comes after is decided on new readings. */
export const MOVING_GOALS: Goals = {
  relieve: {
    description: 'Moves the one VM that frees most of a hot host, if another host has room.',
    parameters: { host: 'this', below: '80 %', coolDown: '30 s', minimumGain: '10 %' },
    reads: 'cluster',
    plan: (ground, given) =>
      planRelief(ground.cluster, {
        ...limitsOf(ground, given),
        host: hostOf('relieve', ground, given),
        minimumGain: parseRatio(given['minimumGain'] ?? ''),
      }),
  },
  return: {
    description:
      'Brings back one VM that had been moved away from this host, or those of "vms", if there is room again.',
    parameters: { host: 'this', below: '60 %', coolDown: '30 s', vms: '' },
    reads: 'cluster',
    plan: (ground, given) => {
      const options = { ...limitsOf(ground, given), host: hostOf('return', ground, given) };
      const { vms = '' } = given;
      if (vms.trim() === '') return planReturn(ground.cluster, options);
      const names = vms.split(',').map((name) => name.trim());
      return planReturnOf(ground.cluster, names, options);
    },
  },
  gather: {
    description: 'Moves one VM towards a host that can be emptied, its VMs fitting on hosts that run others.',
    parameters: { below: '80 %', coolDown: '5 min' },
    reads: 'cluster',
    plan: (ground, given) => planGather(ground.cluster, limitsOf(ground, given)),
  },
  evacuate: {
    description: 'Moves one VM off a host, whatever its load.',
    parameters: { host: 'this', below: '95 %', coolDown: '0 s', except: '' },
    reads: 'cluster',
    plan: (ground, given) =>
      planEvacuation(ground.cluster, {
        ...limitsOf(ground, given),
        host: hostOf('evacuate', ground, given),
        except: namesOf(given),
      }),
  },
  elsewhere: {
    description: 'Finds another host for what stopped or failed: a component, or all that is on a host.',
    parameters: { of: 'this' },
    reads: 'cluster',
    plan: planElse,
  },
  room: {
    description: 'Finds another host for a VM that has no room to grow where it is.',
    parameters: { of: 'this', memory: '', vcpus: '', below: '95 %', coolDown: '0 s', except: '' },
    reads: 'cluster',
    plan: (ground, given) => {
      const vm = oneOf('room', ground, given['of'] ?? '');
      const { wanted } = wantedSize(vm, { memory: given['memory'] ?? '', vcpus: given['vcpus'] ?? '' });
      const family = ground.system.classOf(vm.className).hosts ?? '';
      const hosts = ground.system.instances(family).map(({ name }) => name);
      return planRoom(ground.cluster, {
        ...limitsOf(ground, given),
        ...wanted,
        vm: vm.name,
        hosts,
        except: namesOf(given),
      });
    },
  },
};

/** Software inside a VM goes where its VM goes. */
function planElse(ground: PlanGround, { of = '' }: PlanParameters): Plan {
  const { system, cluster } = ground;
  const onHosts = componentsOf(ground, of).flatMap((component) =>
    component.kind === 'host' ? [...component.content] : [system.vmOf(component) ?? component],
  );
  const components = [...new Set(onHosts)];
  const hostsOf = new Map(
    components.map(({ name, className }) => {
      const family = system.classOf(className).hosts ?? '';
      return [name, system.instances(family).map((host) => host.name)] as const;
    }),
  );
  const described = components.map((component) => asVm(system, cluster, component));
  return planElsewhere(cluster, { components: described, hostsOf, constraints: system.deployment.constraints });
}

function asVm(system: SystemRepresentation, cluster: Cluster, component: Component): ClusterVm {
  return (
    cluster.vms.find(({ name }) => name === component.name) ?? {
      name: component.name,
      className: component.className,
      host: system.hostOf(component)?.name ?? '',
      vcpus: 0,
      memoryMiB: component.kind === 'vm' ? parseMemoryMiB(component.attributes.get('memory') ?? '0 MiB') : 0,
      running: false,
    }
  );
}
