import { rm } from 'node:fs/promises';
import { AttituneError } from '../../../core/model/errors.js';
import { HOST_BRIDGE, LAB_PREFIX, MANAGER_LINK, SWITCH_BRIDGE, SWITCH_NAMESPACE } from '../lab-plan.js';
import type { LabHostPlan, LabPlan } from '../lab-plan.js';
import type { Programs } from '../../machine/programs.js';
import { collisions, type Route } from '../subnet.js';

/**
 * The lab's network. The switch is a bridge in a network namespace of its own, so that no firewall rule of the machine
 * (Docker's, say) touches frames between hosts. The manager and each host have one veth into it; a host's own bridge
 * holds that veth and the taps of its VMs.
 */
export class LabNetwork {
  constructor(
    private readonly programs: Programs,
    private readonly plan: LabPlan,
  ) {}

  /** Throws `lab` where the machine already uses the addresses for something else. */
  async checkFree(): Promise<void> {
    const routes = JSON.parse(await this.programs.run(['ip', '-j', '-4', 'route', 'show', 'table', 'all'])) as Route[];
    const [taken] = collisions(this.plan.subnet, routes, MANAGER_LINK);
    if (taken) {
      throw new AttituneError(
        'lab',
        `The lab's subnet ${this.plan.subnet.text} is in use on this machine (route ${taken.dst}${taken.dev ? ` on ${taken.dev}` : ''}): ` +
          'set ATTITUNE_LAB_SUBNET to another private /24.',
      );
    }
  }

  async createSwitch(): Promise<void> {
    const { subnet, managerAddress, managerMac } = this.plan;
    await this.#ip('netns', 'add', SWITCH_NAMESPACE);
    await this.#batch(SWITCH_NAMESPACE, [
      `link add ${SWITCH_BRIDGE} type bridge stp_state 0 forward_delay 0`,
      'link set lo up',
      `link set ${SWITCH_BRIDGE} up`,
    ]);
    await this.#ip(
      ...['link', 'add', MANAGER_LINK, 'address', managerMac, 'type', 'veth'],
      ...['peer', 'name', `${LAB_PREFIX}p0`, 'netns', SWITCH_NAMESPACE],
    );
    await this.#batch(SWITCH_NAMESPACE, [`link set ${LAB_PREFIX}p0 master ${SWITCH_BRIDGE} up`]);
    await this.#ip('address', 'add', `${managerAddress}/${subnet.prefix}`, 'broadcast', '+', 'dev', MANAGER_LINK);
    await this.#ip('link', 'set', MANAGER_LINK, 'up');
  }

  /** Makes the host's network namespace and plugs it into the switch. */
  async createHost(host: LabHostPlan): Promise<void> {
    const { subnet, managerAddress } = this.plan;
    await this.#ip('netns', 'add', host.namespace);
    await this.#batch(SWITCH_NAMESPACE, [
      `link add ${host.port} type veth peer name eth0 address ${host.mac} netns ${host.namespace}`,
      `link set ${host.port} master ${SWITCH_BRIDGE} up`,
    ]);
    await this.#batch(host.namespace, [
      'link set lo up',
      `link add ${HOST_BRIDGE} address ${host.bridgeMac} type bridge stp_state 0 forward_delay 0`,
      `link set eth0 master ${HOST_BRIDGE} up`,
      `address add ${host.address}/${subnet.prefix} broadcast + dev ${HOST_BRIDGE}`,
      `link set ${HOST_BRIDGE} up`,
      `route add default via ${managerAddress}`,
    ]);
  }

  async #ip(...args: string[]): Promise<void> {
    await this.programs.run(['ip', ...args]);
  }

  async #batch(namespace: string, lines: readonly string[]): Promise<void> {
    await this.programs.run(['ip', '-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  }
}

/** The lab's namespaces that exist, by name. */
export async function labNamespaces(programs: Programs): Promise<readonly string[]> {
  const text = await programs.run(['ip', '-j', 'netns', 'list']);
  const all = (text.trim() ? JSON.parse(text) : []) as { name: string }[];
  return all.map(({ name }) => name).filter((name) => name.startsWith(LAB_PREFIX));
}

/** The lab's interfaces in the machine's own namespace. */
export async function labLinks(programs: Programs): Promise<readonly string[]> {
  const all = JSON.parse((await programs.run(['ip', '-j', 'link', 'show'])) || '[]') as { ifname: string }[];
  return all.map(({ ifname }) => ifname).filter((name) => name.startsWith(LAB_PREFIX));
}

/** Deletes all of them, whoever made them. What runs in the namespaces must have ended. */
export async function removeLabNetwork(programs: Programs): Promise<void> {
  for (const link of await labLinks(programs)) {
    // its peer may have taken it along
    await programs
      .run(['ip', 'link', 'delete', link])
      .catch(ignoreUnless(async () => (await labLinks(programs)).includes(link)));
  }
  for (const name of await labNamespaces(programs)) {
    await programs.run(['ip', 'netns', 'delete', name]).catch(async () => {
      // a name without a namespace behind it, as a crash between its two steps leaves it
      await rm(`/run/netns/${name}`, { force: true });
    });
  }
}

function ignoreUnless(stillThere: () => Promise<boolean>): (error: unknown) => Promise<string> {
  return async (error) => {
    if (await stillThere()) throw error;
    return '';
  };
}
