import { expect } from 'chai';
import type { Subscription } from '../../../core/model/hypervisor.js';
import { DomainEvents } from '../../../wrappers/libvirt/domain-events.js';
import { remoteEvents as events, remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { FakeDaemon } from './fake-daemon.js';

const dom = { name: 'web', uuid: '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90', id: 3 };
const who = { domain: 'web', uuid: dom.uuid };

/** What a listener hears of the packets that a daemon sends, and the number of the event that was registered. */
async function heard(
  subscribe: (events: DomainEvents, listener: (event: unknown) => void) => Promise<Subscription>,
  packets: (daemon: FakeDaemon) => readonly Buffer[],
) {
  const daemon = new FakeDaemon();
  const all: unknown[] = [];
  const subscribed = subscribe(new DomainEvents(daemon.connection), (event) => all.push(event));
  const register = procedures.connectDomainEventCallbackRegisterAny;
  const { eventID } = register.args.read(daemon.calls[0]!.payload.fork());
  await daemon.send(daemon.reply(register, { callbackID: 7 }));
  await subscribed;
  await daemon.send(...packets(daemon));
  return { eventID, all };
}

describe('events of domains of libvirt', () => {
  it('tell when the agent of a guest comes and goes, and why', async () => {
    const { eventID, all } = await heard(
      (registered, listener) => registered.onAgentState(listener),
      (daemon) =>
        [
          { state: 1, reason: 1 },
          { state: 2, reason: 2 },
          { state: 1, reason: 99 },
        ].map((message) => daemon.event(events.domainEventCallbackAgentLifecycle, { callbackID: 7, dom, ...message })),
    );
    expect(eventID).to.equal(18);
    expect(all).to.deep.equal([
      { ...who, connected: true, reason: 'domain-started' },
      { ...who, connected: false, reason: 'channel' },
      { ...who, connected: true, reason: 'unknown' },
    ]);
  });

  it('tell each round of a migration', async () => {
    const { eventID, all } = await heard(
      (registered, listener) => registered.onMigrationIteration(listener),
      (daemon) =>
        [1, 2].map((iteration) =>
          daemon.event(events.domainEventCallbackMigrationIteration, { callbackID: 7, dom, iteration }),
        ),
    );
    expect(eventID).to.equal(20);
    expect(all).to.deep.equal([
      { ...who, iteration: 1 },
      { ...who, iteration: 2 },
    ]);
  });

  it('tell that a guest reboots', async () => {
    const { eventID, all } = await heard(
      (registered, listener) => registered.onReboot(listener),
      (daemon) => [daemon.event(events.domainEventCallbackReboot, { callbackID: 7, dom })],
    );
    expect(eventID).to.equal(1);
    expect(all).to.deep.equal([who]);
  });

  it('are registered by their own kind only, when somebody listens', async () => {
    const daemon = new FakeDaemon();
    const registered = new DomainEvents(daemon.connection);
    expect(daemon.calls).to.have.length(0);
    void registered.onReboot(() => undefined).catch(() => undefined);
    await daemon.send();
    expect(daemon.calls).to.have.length(1);
  });
});
