import { expect } from 'chai';
import { Keeper } from '../../../core/loop/keeping/keeper.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { SessionRecord, StoredSystem } from '../../../core/model/store.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { MemoryStore } from '../../../core/store/index.js';
import { webDeployment } from '../../support/deployments.js';

class CountingStore extends MemoryStore {
  systems = 0;
  fails = false;
  override putSystem(system: StoredSystem): void {
    if (this.fails) throw new AttituneError('store', 'the disk is full.');
    this.systems += 1;
    super.putSystem(system);
  }
}

const record = (id: string): SessionRecord => ({
  id,
  kind: 'procedure',
  file: '/d',
  startedAt: 1,
  entry: 1,
  context: {},
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('what the manager keeps', () => {
  let store: CountingStore;
  let system: SystemRepresentation;
  let keeper: Keeper;
  let troubles: unknown[];

  beforeEach(() => {
    store = new CountingStore();
    system = new SystemRepresentation(webDeployment(), (wrapper) => wrapper === 'virtual-machine');
    troubles = [];
    keeper = new Keeper({
      store,
      system,
      clock: new SimulatedClock(5),
      deploymentHash: 'abc',
      onTrouble: (error) => troubles.push(error),
    });
    instantiate(system);
  });

  it('is nothing before the system is', async () => {
    await turn();
    keeper.save(record('a'));
    expect(store.systems).to.equal(0);
    expect(store.sessions()).to.deep.equal([]);
  });

  it('is written once a turn, however much changed', async () => {
    keeper.enter('starting');
    expect(store.systems).to.equal(1);
    for (let port = 1; port < 50; port += 1) system.component('Apache_1').setAttribute('port', String(port));
    system.component('Machine_1').lifeCycle.enter('starting');
    expect(store.systems).to.equal(1);
    await turn();
    expect(store.systems).to.equal(2);
    const apache = store.system()?.system.components.find(({ name }) => name === 'Apache_1');
    expect(apache?.attributes['port']).to.equal('49');
    await turn();
    expect(store.systems).to.equal(2);
    system.component('Apache_1').setAttribute('port', '49');
    await turn();
    expect(store.systems, 'nothing changed').to.equal(2);
  });

  it('is written with the record of a session, in one', async () => {
    keeper.enter('running');
    system.component('Apache_1').setAttribute('pid', '17');
    keeper.save(record('a'));
    expect(store.sessions()).to.deep.equal([record('a')]);
    expect(store.system()?.system.components.find(({ name }) => name === 'Apache_1')?.attributes['pid']).to.equal('17');
    await turn();
    expect(store.systems).to.equal(2);
  });

  it('keeps with the end of a start diagram that it has ended', () => {
    keeper.enter('starting');
    keeper.save(record('a'));
    let said = 0;
    keeper.remove('a', () => (said += 1), '/d/start.scxml');
    expect(said).to.equal(1);
    expect(store.sessions()).to.deep.equal([]);
    expect(store.system()?.ended).to.deep.equal(['/d/start.scxml']);
    keeper.enter('running');
    expect(store.system()).to.include({ phase: 'running' });
    expect(store.system()?.ended).to.deep.equal([]);
  });

  it('lets no effect happen that is not written, and goes on with the rest', async () => {
    keeper.enter('running');
    keeper.save(record('a'));
    store.fails = true;
    system.component('Apache_1').setAttribute('pid', '17');
    expect(() => keeper.save(record('b'))).to.throw(AttituneError, /disk is full/);
    await turn();
    system.component('Apache_1').setAttribute('pid', '18');
    await turn();
    let said = 0;
    keeper.remove('a', () => (said += 1));
    expect(said).to.equal(1);
    expect(troubles, 'told once').to.have.length(1);
    store.fails = false;
    system.component('Apache_1').setAttribute('pid', '19');
    await turn();
    expect(store.system()?.system.components.find(({ name }) => name === 'Apache_1')?.attributes['pid']).to.equal('19');
    expect(store.sessions(), 'the end is made good').to.deep.equal([]);
  });

  it('forgets all but the journal at the end', async () => {
    keeper.enter('stopping');
    keeper.save(record('a'));
    keeper.forgetSystem();
    system.component('Apache_1').setAttribute('pid', '17');
    await turn();
    expect(store.system()).to.equal(undefined);
    expect(store.sessions()).to.deep.equal([]);
  });
});
