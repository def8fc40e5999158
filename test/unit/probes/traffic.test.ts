import { expect } from 'chai';
import { SimulatedClock } from '../../../core/model/clock.js';
import { Component } from '../../../core/model/component.js';
import type { HostAccess } from '../../../core/model/infrastructure.js';
import type { ProbeTarget } from '../../../core/model/probe.js';
import type { DomainStatisticsSource } from '../../../probes/sources/domain-statistics.js';
import { TrafficProbe } from '../../../probes/traffic.probe.js';

function world(network?: { receivedBytes: number; sentBytes: number }) {
  const clock = new SimulatedClock(1_000_000);
  const state = { host: 'host1', network, domain: 'web1' as string | undefined };
  const domains = {
    read: () => Promise.resolve({ at: clock.now(), statistics: { network: state.network } }),
  } as unknown as DomainStatisticsSource;
  const target = {
    component: new Component({ name: 'Front_1', className: 'Front', kind: 'software' }),
    domain: () => state.domain,
    host: () => ({ name: state.host }) as HostAccess,
    clock,
  } as unknown as ProbeTarget;
  const instance = new TrafficProbe(domains).attach(target);
  const read = () => instance.read(new AbortController().signal);
  return { clock, state, read };
}

describe('the measure traffic', () => {
  it('is the megabits in and out of a second, from the second reading on', async () => {
    const { clock, state, read } = world({ receivedBytes: 0, sentBytes: 500 });
    expect(await read()).to.equal(undefined);
    await clock.advance(2000);
    state.network = { receivedBytes: 20_000_000, sentBytes: 5_000_500 };
    expect(await read()).to.be.closeTo(100, 1e-9);
  });

  it('begins anew on another host, and after a restart', async () => {
    const { clock, state, read } = world({ receivedBytes: 1000, sentBytes: 0 });
    await read();
    await clock.advance(1000);
    state.host = 'host2';
    expect(await read()).to.equal(undefined);
    await clock.advance(1000);
    state.network = { receivedBytes: 10, sentBytes: 0 };
    expect(await read()).to.equal(undefined);
  });

  it('says why there is none', async () => {
    const { state, read } = world();
    const why = () => read().catch((error: unknown) => (error as Error).message);
    expect(await why()).to.include('does not tell the traffic of web1');
    state.domain = undefined;
    expect(await why()).to.include('Front_1 is not in a VM');
  });
});
