import { expect } from 'chai';
import { EventRegistration } from '../../../wrappers/libvirt/event-registration.js';
import { remoteEvents, remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { FakeDaemon } from './fake-daemon.js';

const REGISTER = 316;
const DEREGISTER = 317;
const lifecycle = remoteEvents.domainEventCallbackLifecycle;
const dom = { name: 'web', uuid: '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90', id: 3 };

function fresh() {
  const daemon = new FakeDaemon();
  const registration = new EventRegistration(daemon.connection, 0, lifecycle);
  const numbers = () => daemon.calls.map(({ header }) => header.procedure);
  const event = (callbackID: number, detail: number) => daemon.event(lifecycle, { callbackID, dom, event: 2, detail });
  return { daemon, registration, numbers, event };
}

describe('registering for domain events', () => {
  it('is done once for all listeners, and undone after the last', async () => {
    const { daemon, registration, numbers } = fresh();
    const both = [registration.subscribe(() => undefined), registration.subscribe(() => undefined)];
    expect(numbers()).to.deep.equal([REGISTER]);
    await daemon.send(daemon.reply(procedures.connectDomainEventCallbackRegisterAny, { callbackID: 7 }));
    const [first, second] = await Promise.all(both);
    first!.unsubscribe();
    first!.unsubscribe();
    expect(numbers()).to.deep.equal([]);
    second!.unsubscribe();
    await daemon.send();
    expect(numbers()).to.deep.equal([DEREGISTER]);
    expect(procedures.connectDomainEventCallbackDeregisterAny.args.read(daemon.calls[0]!.payload).callbackID).to.equal(
      7,
    );
  });

  it('misses no event that comes before its own reply', async () => {
    const { daemon, registration, event } = fresh();
    const heard: number[] = [];
    const subscribed = registration.subscribe(({ detail }) => heard.push(detail));
    await daemon.send(event(7, 0), daemon.reply(procedures.connectDomainEventCallbackRegisterAny, { callbackID: 7 }));
    await subscribed;
    await daemon.send(event(7, 1));
    expect(heard).to.deep.equal([0, 1]);
  });

  it('hears no event twice while an old registration ends and a new one begins', async () => {
    const { daemon, registration, numbers, event } = fresh();
    const heard: number[] = [];
    const first = registration.subscribe(() => undefined);
    await daemon.send(daemon.reply(procedures.connectDomainEventCallbackRegisterAny, { callbackID: 7 }));
    (await first).unsubscribe();
    await daemon.send();
    const second = registration.subscribe(({ detail }) => heard.push(detail));
    expect(numbers()).to.deep.equal([DEREGISTER, REGISTER]);
    await daemon.send(event(7, 0), event(8, 0));
    await daemon.send(daemon.reply(procedures.connectDomainEventCallbackDeregisterAny, undefined));
    await daemon.send(daemon.reply(procedures.connectDomainEventCallbackRegisterAny, { callbackID: 8 }));
    await second;
    expect(heard).to.deep.equal([0]);
  });

  it('can be tried again after the daemon refused', async () => {
    const { daemon, registration } = fresh();
    const refused = registration
      .subscribe(() => undefined)
      .then(
        () => 'registered',
        (error: unknown) => (error as { readonly code: string }).code,
      );
    await daemon.send(daemon.error(3, 'not supported'));
    expect(await refused).to.equal('hypervisor');
    const again = registration.subscribe(() => undefined);
    await daemon.send(daemon.reply(procedures.connectDomainEventCallbackRegisterAny, { callbackID: 9 }));
    (await again).unsubscribe();
  });
});
