import { expect } from 'chai';
import { dayCurve } from '../../../../core/app/what-if/day-curve.js';
import { ofMostMoved } from '../../../../core/app/what-if/most-moved.js';
import { multiplied } from '../../../../core/app/what-if/multiply.js';
import { asset } from '../../../../core/assets/package-root.js';
import { SeededRandom } from '../../../../core/model/random.js';
import { readDeployment } from '../../../../diagrams/deployment/read-deployment.js';

const { deployment } = readDeployment(asset('examples/balance/balance.deployment.xml'));
if (!deployment) throw new Error('the example cannot be read');
const isMachine = ({ wrapper }: { readonly wrapper: string }) => wrapper === 'virtual-machine';
const sized = (hosts: number, vms: number) => multiplied(deployment, { hosts, vms }, isMachine);
const hostsOf = (of = deployment) => of.hostFamilies.flatMap((family) => family.hosts.map(({ name }) => name));
const machines = (of = deployment) => of.classes.find(isMachine)?.instances ?? [];

describe('a deployment in another size', () => {
  it('repeats its hosts and machines, each round on the hosts of its own', () => {
    const twice = sized(8, 24);
    expect(hostsOf(twice)).to.deep.equal([...hostsOf(), ...hostsOf().map((name) => `${name}-2`)]);
    expect(machines(twice)).to.have.length(24);
    expect(twice.classes.find(isMachine)?.initial).to.equal(24);
    const second = machines(twice)[12];
    expect(second).to.include({ name: 'vm1-2', on: 'host1-2' });
    expect(new Set(machines(twice).map(({ name }) => name)).size).to.equal(24);
  });

  it('gives each host an address of its own, for migrations find their target by it', () => {
    const uris = sized(12, 24).hostFamilies.flatMap((family) => family.hosts.map(({ uri }) => uri));
    expect(new Set(uris).size).to.equal(12);
  });

  it('begins what has no host in its round evenly', () => {
    const dense = machines(sized(4, 28)).slice(12);
    const counts = hostsOf().map((name) => dense.filter(({ on }) => on === name).length);
    expect(counts).to.deep.equal([4, 4, 4, 4]);
  });

  it('may be smaller', () => {
    const small = sized(2, 3);
    expect(hostsOf(small)).to.deep.equal(['host1', 'host2']);
    expect(machines(small).map(({ name }) => name)).to.deep.equal(['vm1', 'vm2', 'vm3']);
  });

  it('leaves all else as it is', () => {
    const twice = sized(8, 24);
    expect({ ...twice, hostFamilies: [], classes: [] }).to.deep.equal({ ...deployment, hostFamilies: [], classes: [] });
    expect(twice.classes.filter((one) => !isMachine(one))).to.deep.equal(
      deployment.classes.filter((one) => !isMachine(one)),
    );
  });

  it('has one of each at least, and machines at all', () => {
    expect(() => sized(0, 3)).to.throw(/--hosts 0 is less than one for each of the 1 families/);
    expect(() => multiplied(deployment, { hosts: 2, vms: 2 }, () => false)).to.throw(/nothing to multiply/);
  });
});

describe('load over a day', () => {
  it('is low at night and high by day, one on average, and the same for the same seed', () => {
    const curves = Array.from({ length: 200 }, (_, seed) => dayCurve(new SeededRandom(seed)));
    const hours = Array.from({ length: 24 * 12 }, (_, step) => step / 12);
    const mean = hours.map((hour) => curves.reduce((sum, curve) => sum + curve.at(hour), 0) / curves.length);
    const at = (hour: number) => mean[hour * 12] ?? NaN;
    expect(at(4)).to.be.below(0.6);
    expect(at(16)).to.be.above(1.4);
    expect(mean.reduce((sum, value) => sum + value, 0) / mean.length).to.be.closeTo(1, 0.05);
    const [one, other] = [7, 7].map((seed) => dayCurve(new SeededRandom(seed)));
    expect(hours.map((hour) => one?.at(hour))).to.deep.equal(hours.map((hour) => other?.at(hour)));
  });
});

describe('curves of a large run', () => {
  const cpu = Object.fromEntries(
    Array.from({ length: 20 }, (_, host) => [
      `h${host}`,
      Array.from({ length: 2000 }, (_unused, at) => ({ at, value: host / 20 })),
    ]),
  );
  const migration = (from: string, to: string) => ({
    ...{ vm: 'vm1', from, to, startedAt: 5, elapsedMs: 1, downtimeMs: 1, cause: '' },
  });
  const curves = { startedAt: 0, phases: [], requests: [], cpu, migrations: [migration('h1', 'h2')] };

  it('are those of the hosts with migrations, then of the hottest, thinned out', () => {
    const shown = ofMostMoved(curves);
    expect(Object.keys(shown.cpu)).to.deep.equal(['h1', 'h2', 'h16', 'h17', 'h18', 'h19']);
    expect(shown.cpu['h1']?.length).to.be.at.most(800);
    expect(shown.cpu['h16']?.[0]?.value).to.be.closeTo(0.8, 1e-9);
    expect(shown.migrations).to.have.length(1);
  });

  it('leave out marks of migrations where they would hide all', () => {
    const many = { ...curves, migrations: Array.from({ length: 30 }, () => migration('h1', 'h2')) };
    const { migrations, title } = ofMostMoved(many);
    expect(migrations).to.deep.equal([]);
    expect(title).to.match(/of 30 migrations/);
  });
});
