import 'reflect-metadata';
import { busAgents } from './bus-agents.bench.js';
import { consolidation } from './consolidation.bench.js';
import { hotSpot } from './hot-spot.bench.js';
import { libvirtStats } from './libvirt-stats.bench.js';
import { migrationOverhead } from './migration-overhead.bench.js';
import { peersAtScale } from './peers.bench.js';
import { placementHbal } from './placement-hbal.bench.js';
import { placementScale } from './placement-scale.bench.js';
import { simulationSpeed } from './simulation-speed.bench.js';
import { startUp } from './start-up.bench.js';
import { statechartEvents } from './statechart-events/statechart-events.bench.js';
import { storeWrites } from './store-writes.bench.js';
import { vmCreate } from './vm-create.bench.js';

/** `npm run bench -- NAME…`: each prints a table and ends with exit code 1 where its figure is missed. */
const BENCHES: Readonly<Record<string, { readonly about: string; readonly run: () => Promise<boolean> }>> = {
  'bus-agents': {
    about:
      '1,750 agents against one manager: from a reading to the operation that it leads to, over the hub and over NATS',
    run: busAgents,
  },
  consolidation: {
    about: "recorded days of PlanetLab: the literature's policies as CloudSim computes them, and ours (minutes)",
    run: consolidation,
  },
  'hot-spot': {
    about: 'decisions of relief: 50 VMs with one hot spot, 33 VMs off one of 20 hosts, 500 VMs balanced',
    run: hotSpot,
  },
  'libvirt-stats': {
    about: "statistics of 200 domains of libvirt's test driver by our client against `virsh domstats` (root)",
    run: libvirtStats,
  },
  'migration-overhead': {
    about:
      'live migration by AttiTUNe against `virsh migrate --live --p2p` of the same VM, in turn (root; makes a lab)',
    run: migrationOverhead,
  },
  peers: {
    about: 'peers on 100, 1,000 and 10,000 hosts with 20 VMs each, a quarter overloaded: until all are relieved',
    run: peersAtScale,
  },
  'placement-hbal': {
    about:
      "plans against `hbal` of Ganeti's tools on clusters of 10, 20 and 50 hosts: score, VMs moved, time (minutes)",
    run: placementHbal,
  },
  'placement-scale': {
    about: 'plans for 100, 1,000 and 5,000 hosts with up to 30,000 VMs, as whole processes',
    run: placementScale,
  },
  'simulation-speed': {
    about: 'the Apache/Tomcat scenario on simulated hosts: simulated seconds for each second of processor time',
    run: simulationSpeed,
  },
  'start-up': {
    about: 'a deployment of 1,000 components with 2,000 bindings is validated and instantiated, as a whole process',
    run: startUp,
  },
  'statechart-events': {
    about: 'events a second of a ten-state ring: our SCXML engine, raw XState and SCION, a process each',
    run: statechartEvents,
  },
  'store-writes': {
    about:
      'what keeping costs: journal entries, records of sessions and changes of a large system a second, safe on disk',
    run: storeWrites,
  },
  'vm-create': {
    about:
      'a new VM from an image that is there: until it answers by HTTP, against its own time from the start of QEMU (root; makes a lab)',
    run: vmCreate,
  },
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in BENCHES));
if (names.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no bench ${unknown.join(', ')}.`);
  console.error('Usage: npm run bench -- NAME…\n');
  for (const [name, { about }] of Object.entries(BENCHES)) console.error(`  ${name}: ${about}`);
  process.exit(names.length === 0 ? 0 : 2);
}
let held = true;
for (const name of names) held = ((await BENCHES[name]?.run()) ?? false) && held;
process.exit(held ? 0 : 1);
