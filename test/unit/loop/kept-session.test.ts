import { expect } from 'chai';
import { Keeper } from '../../../core/loop/keeping/keeper.js';
import { KeptSession } from '../../../core/loop/keeping/kept-session.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { SessionCheckpoint } from '../../../core/model/diagram.js';
import type { SessionRecord } from '../../../core/model/store.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { MemoryStore } from '../../../core/store/index.js';
import { webDeployment } from '../../support/deployments.js';

class CountingStore extends MemoryStore {
  written = 0;
  override putSession(record: SessionRecord): void {
    this.written += 1;
    super.putSession(record);
  }
}

const checkpoint = (state: number, keys: readonly string[] = []): SessionCheckpoint => ({
  format: 1,
  diagramHash: 'abc',
  configuration: ['s'],
  timers: [],
  operations: keys.map((key) => ({ invokeId: 'a', src: 'A.b', params: {}, key })),
  state,
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the record of a session', () => {
  let store: CountingStore;
  let kept: KeptSession;

  beforeEach(() => {
    store = new CountingStore();
    const keeper = new Keeper({
      store,
      system: new SystemRepresentation(webDeployment(), () => false),
      clock: new SimulatedClock(),
      deploymentHash: 'abc',
      onTrouble: (error) => expect.fail(String(error)),
    });
    keeper.enter('running');
    kept = new KeptSession({ id: 'a#1', kind: 'policy', file: '/d', startedAt: 1, request: {} }, keeper);
    kept.begun(7, { scope: {}, cause: 7 });
  });

  it('is written for each step that changed something, before its effects, and for no other', () => {
    kept.checkpoint(checkpoint(1));
    kept.checkpoint(checkpoint(1));
    expect(store.written).to.equal(1);
    kept.checkpoint(checkpoint(2));
    kept.checkpoint(checkpoint(1));
    expect(store.written).to.equal(3);
    expect(store.sessions()[0]).to.deep.include({ id: 'a#1', entry: 7, checkpoint: checkpoint(1) });
  });

  it('keeps the outcome of an operation until the session has taken note of it', async () => {
    const outcomes = () => (store.sessions()[0]?.context as { outcomes: readonly unknown[] }).outcomes;
    kept.checkpoint(checkpoint(1, ['k']));
    kept.outcomes.ended('k', 'A_1', 5);
    expect(outcomes()).to.deep.equal([]);
    await turn();
    expect(outcomes()).to.deep.equal([{ key: 'k', component: 'A_1', result: 5 }]);
    kept.checkpoint(checkpoint(1, ['k']));
    expect(outcomes()).to.have.length(1);
    kept.checkpoint(checkpoint(2));
    expect(outcomes()).to.deep.equal([]);
  });

  it('is gone at the end, with the last words, and does not come back', async () => {
    kept.checkpoint(checkpoint(1));
    let said = 0;
    kept.outcomes.ended('k', 'A_1', 5);
    kept.end('final', () => (said += 1));
    kept.end('final', () => (said += 1));
    kept.checkpoint(checkpoint(2));
    await turn();
    expect(said).to.equal(1);
    expect(store.sessions()).to.deep.equal([]);
  });
});
