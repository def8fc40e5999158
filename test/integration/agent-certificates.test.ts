import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RemoteExecutor } from '../../core/agent/remote-executor.js';
import { openMemberBus } from '../../core/app/bus-address.js';
import { readCredentials } from '../../core/bus/credentials.js';
import { WebSocketHub } from '../../core/bus/websocket/index.js';
import { SystemClock } from '../../core/model/clock.js';
import { PkiFolder } from '../../core/pki/index.js';
import { AgentProcess } from '../support/agent-process.js';

const clock = new SystemClock();

describe('attitune agent, on a bus with certificates', function () {
  this.timeout(60_000);
  let folder: string;
  let hub: WebSocketHub;
  let url: string;
  const closing: (() => Promise<unknown>)[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-agent-pki-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const now = new Date();
    const pki = await PkiFolder.init(join(folder, 'pki'), { name: 'test', days: 2 }, now);
    const host = await pki.issueHost('localhost', { alternatives: ['127.0.0.1'], days: 1 }, now);
    for (const name of ['manager', 'host2', 'admin']) await pki.issueClient(name, { days: 1 }, now);
    for (const name of ['host1', 'host3']) await pki.issueHost(name, { days: 1 }, now);
    hub = new WebSocketHub({ clock });
    closing.push(() => hub.close());
    ({ url } = await hub.listen('127.0.0.1', 0, await readCredentials(host.folder, 'server', now)));
    url = `wss://localhost:${new URL(url).port}`;
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  const of = (name: string) => join(folder, 'pki', 'clients', name);
  /** As `/etc/pki` of the host. */
  const ofHost = (name: string) => join(folder, 'pki', 'hosts', name);

  async function member(name: string, role: string, pki = of(name)) {
    const bus = await openMemberBus({ address: url, pki, role, clock });
    closing.push(() => bus.close());
    return bus;
  }

  it('has the name in its certificate, and takes commands of the managers that it is told', async () => {
    const agent = new AgentProcess('--bus', url, '--pki', ofHost('host1'), '--no-hypervisor', '--managers', 'manager');
    closing.push(() => agent.end('SIGKILL'));
    const manager = await member('manager', 'client');
    const executor = new RemoteExecutor(manager, 'host1', clock, { patienceMs: 20_000 });
    expect((await executor.run({ argv: ['echo', 'done'] })).stdout).to.equal('done\n');
    // the certificate of another agent's, whatever it calls itself
    const other = await member('host2', 'manager');
    const refused = await new RemoteExecutor(other, 'host1', clock).run({ argv: ['true'] }).then(
      () => undefined,
      (error: unknown) => error as Error & { readonly code: string },
    );
    expect(refused?.code).to.equal('not-permitted');
    expect(refused?.message).to.match(/commands of manager only, and not of host2/);
  });

  it("uses its host's certificate, and obeys managers whose certificate is a client's where it is told no names", async () => {
    const agent = new AgentProcess('--bus', url, '--pki', ofHost('host3'), '--no-hypervisor');
    closing.push(() => agent.end('SIGKILL'));
    const manager = await member('admin', 'manager');
    const executor = new RemoteExecutor(manager, 'host3', clock, { patienceMs: 20_000 });
    expect((await executor.run({ argv: ['echo', 'done'] })).stdout).to.equal('done\n');
    await manager.close();
    const host = await member('host1', 'manager', ofHost('host1')).then(
      () => undefined,
      (error: unknown) => error as Error & { readonly code: string },
    );
    expect(host?.code).to.equal('not-permitted');
    expect(host?.message).to.include("is a host's, and may be an agent only, no manager");
  });

  it('says that it needs a certificate, and one of its name', async () => {
    for (const [args, words] of [
      [['--bus', url], /certificate/],
      [['--bus', url, '--pki', of('host2'), '--name', 'host1'], /is for host2/],
    ] as const) {
      const agent = new AgentProcess(...args, '--no-hypervisor');
      closing.push(() => agent.end('SIGKILL'));
      expect(await agent.over()).to.equal(1);
      expect(agent.said).to.match(words);
    }
  });
});
