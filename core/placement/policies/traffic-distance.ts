import type { Cluster } from '../cluster.js';

/** Traffic between VMs times the distance that it goes, in Gbit/s × the unit of distances; `undefined` where no distances are told. */
export function trafficDistance({ network, vms, hosts }: Cluster): number | undefined {
  if (!network) return undefined;
  const places = new Map([
    ...hosts.map(({ name }) => [name, name] as const),
    ...vms.map((vm) => [vm.name, vm.host] as const),
  ]);
  const told = new Map(
    network.distances.flatMap(({ between: [a, b], distance }) => [
      [`${a} ${b}`, distance],
      [`${b} ${a}`, distance],
    ]),
  );
  return network.traffic.reduce((sum, { between: [one, other], mbitPerSecond }) => {
    const [a, b] = [places.get(one), places.get(other)];
    const distance = a === undefined || b === undefined || a === b ? 0 : (told.get(`${a} ${b}`) ?? network.otherwise);
    return sum + (mbitPerSecond / 1000) * distance;
  }, 0);
}
