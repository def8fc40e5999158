import { SeededRandom } from '../../core/model/random.js';

/** Components of one group: four balancers, and of machines, workers and stores as many as make up the rest. */
const GROUP = 100;
const BALANCERS = 4;
const EACH = (GROUP - BALANCERS) / 3;

export interface LargeDeployment {
  readonly text: string;
  /** Without the hosts. */
  readonly components: number;
  readonly bindings: number;
}

/**
 * The text of a deployment with that many components (whole hundreds) and twice as many bindings, in groups of a
 * hundred: balancers in front of workers, each in a virtual machine, in front of stores. The same from the same seed.
 */
export function largeDeployment(components: number, seed = 1): LargeDeployment {
  const random = new SeededRandom(seed);
  const groups = Math.round(components / GROUP);
  const hosts = Array.from({ length: groups * 4 }, (_, index) => {
    const memory = 8 + Math.floor(random.next() * 8);
    return `    <host name="host${index}" uri="test:///host${index}"><attribute name="memory" value="${memory} GiB"/></host>`;
  });
  const parts = Array.from({ length: groups }, (_, index) => group(index, random));
  const text = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<deployment xmlns="urn:attitune:deployment:1" name="large">',
    '  <hosts family="servers" hypervisor="simulated">',
    ...hosts,
    '  </hosts>',
    ...parts,
    '  <probe name="hostCpu" measure="cpu" of="servers" every="10 s"/>',
    '</deployment>',
    '',
  ].join('\n');
  return { text, components: groups * GROUP, bindings: groups * GROUP * 2 };
}

/** 64 links from balancers to workers, 40 from balancers to stores and 96 from workers to stores: 200. */
function group(index: number, random: SeededRandom): string {
  const [balancer, machine, worker, store] = ['Balancer', 'Machine', 'Worker', 'Store'].map(
    (name) => `${name}${index}`,
  );
  const memory = 32 + 16 * Math.floor(random.next() * 3);
  const classes = [
    `  <component class="${balancer}" wrapper="apache" hosts="servers" initial="${BALANCERS}"><attribute name="port" value="${8000 + index}"/></component>`,
    `  <component class="${machine}" wrapper="virtual-machine" hosts="servers" initial="${EACH}"><attribute name="memory" value="${memory} MiB"/><attribute name="image" value="tomcat"/></component>`,
    `  <component class="${worker}" wrapper="tomcat" inside="${machine}"/>`,
    `  <component class="${store}" wrapper="tomcat" hosts="servers" initial="${EACH}"/>`,
  ];
  const associations = [
    `  <association name="workers${index}" from="${balancer}" fromCardinality="2" to="${worker}" toCardinality="16"/>`,
    `  <association name="files${index}" from="${balancer}" fromCardinality="0..2" to="${store}" toCardinality="10"/>`,
    `  <association name="stores${index}" from="${worker}" fromCardinality="3" to="${store}" toCardinality="3"/>`,
    `  <constraint type="spread" of="${machine}" strength="soft"/>`,
  ];
  // the order of declarations is free, so it is not always the same
  return [...(random.next() < 0.5 ? classes : classes.reverse()), ...associations].join('\n');
}
