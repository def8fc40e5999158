import { expect } from 'chai';
import type { Cluster, ClusterHost, ClusterVm, Plan } from '../../../../core/placement/cluster.js';
import { planEnergy } from '../../../../core/placement/policies/plan-energy.js';
import { SeededRandom, type Random } from '../../../../core/model/random.js';
import { cluster, host, vm } from '../clusters.js';

const MINUTE = 60_000;
const CLUSTERS = 60;
const ROUNDS = 40;

function randomCluster(random: Random): Cluster {
  const hosts = Array.from({ length: 3 + Math.floor(random.next() * 6) }, (_, index) => {
    const idle = 60 + random.next() * 60;
    return host(`h${index}`, { cpuCapacity: 2, power: { watts: [idle, idle * 1.4], offWatts: 4 } });
  });
  const vms = Array.from({ length: Math.floor(random.next() * hosts.length * 3) }, (_, index) =>
    vm(`m${index}`, `h${Math.floor(random.next() * hosts.length)}`, {
      cpuUsed: random.next() * 0.5,
      memoryMiB: 256 + Math.floor(random.next() * 512),
    }),
  );
  return cluster(hosts, vms);
}

function decide(now: Cluster, spare: number): Plan {
  return planEnergy(now, {
    limits: { below: 0.8, coolDownMs: 0, minimumGain: 0 },
    fill: 0.65,
    spare,
    minimumOnMs: 2 * MINUTE,
    minimumOffMs: MINUTE,
    switchable: new Set(now.hosts.map(({ name }) => name)),
    seed: 1,
  });
}

/** The cluster a minute after the plan was carried out, its machines asking for the same. */
function carriedOut({ at, hosts, vms }: Cluster, plan: Plan): Cluster {
  const to = new Map(plan.moves.map((move) => [move.vm, move.to]));
  const moved = vms.map((one): ClusterVm => ({ ...one, host: to.get(one.name) ?? one.host }));
  const later = at + MINUTE;
  return {
    at: later,
    vms: moved,
    hosts: hosts.map(({ powered, poweredAt, ...one }): ClusterHost => {
      const off = plan.powerOff?.includes(one.name) === true;
      const on = plan.wake?.includes(one.name) === true;
      const isOff = off || (powered === 'off' && !on);
      const cpuUsed = moved
        .filter((other) => other.host === one.name)
        .reduce((sum, other) => sum + (other.cpuUsed ?? 0), 0);
      const since = off || on ? at : poweredAt;
      return {
        ...one,
        cpuUsed,
        accepting: !isOff,
        ...(isOff ? { powered: 'off' as const } : {}),
        ...(since === undefined ? {} : { poweredAt: since }),
      };
    }),
  };
}

const busiest = ({ hosts }: Cluster) => Math.max(...hosts.map(({ cpuUsed = 0, cpuCapacity }) => cpuUsed / cpuCapacity));
const acts = ({ answer }: Plan) => answer === 'move' || answer === 'switch';

describe('plan: energy, on random clusters', function () {
  this.timeout(60_000);

  it('switches off only what is empty, fills no host above the limit, and moves nothing to a host that is off', () => {
    const random = new SeededRandom(7);
    for (let run = 0; run < CLUSTERS; run += 1) {
      let now = randomCluster(random);
      for (let round = 0; round < ROUNDS; round += 1) {
        const plan = decide(now, run % 2);
        const off = new Set(now.hosts.filter(({ powered }) => powered === 'off').map(({ name }) => name));
        for (const { to } of plan.moves) expect(off.has(to), to).to.equal(false);
        const before = busiest(now);
        const next = carriedOut(now, plan);
        for (const name of plan.powerOff ?? [])
          expect(
            next.vms.filter((one) => one.host === name),
            plan.why,
          ).to.deep.equal([]);
        if (plan.moves.length > 0) expect(busiest(next)).to.be.at.most(Math.max(0.8, before) + 1e-9);
        now = next;
      }
    }
  });

  it('comes to rest while nothing changes: no host goes off and on, no machine to and fro', () => {
    const random = new SeededRandom(11);
    for (let run = 0; run < CLUSTERS; run += 1) {
      let now = randomCluster(random);
      const answers: boolean[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const plan = decide(now, run % 2);
        answers.push(acts(plan));
        now = carriedOut(now, plan);
      }
      expect(answers.slice(-20), `cluster ${run}`).to.not.include(true);
    }
  });
});
