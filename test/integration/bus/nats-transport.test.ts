import { expect } from 'chai';
import { connectToNats } from '../../../core/bus/nats/connection.js';
import type { Credentials } from '../../../core/bus/credentials.js';
import { NatsTransport } from '../../../core/bus/nats/index.js';
import type { Channel, TransportHandlers } from '../../../core/bus/transport.js';
import { SystemClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { MembershipChange } from '../../../core/model/member-bus.js';
import { cuttablePort, type CuttablePort } from '../../support/cuttable-port.js';
import { eventually } from '../../support/eventually.js';
import { skipWithoutNats, startNats, type NatsOptions, type PrivateNats } from '../../support/private-nats.js';

interface Heard {
  readonly frames: { readonly channel: Channel; readonly text: string; readonly sender: string | undefined }[];
  readonly members: string[][];
  readonly changes: MembershipChange[];
  readonly connections: boolean[];
  readonly undeliverable: string[];
  readonly lost: string[];
}

describe('NATS as a carrier', function () {
  let nats: PrivateNats;
  const open: NatsTransport[] = [];
  const ports: CuttablePort[] = [];

  before(function () {
    skipWithoutNats(this);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((transport) => transport.close()));
    await Promise.all(ports.splice(0).map((port) => port.stop()));
    await nats.stop();
  });

  async function server(options: NatsOptions = {}): Promise<void> {
    nats = await startNats(options);
  }

  async function join(
    name: string,
    {
      incarnation = `${name.replaceAll('.', '-')}-1`,
      tls,
      role = 'agent',
    }: { readonly incarnation?: string; readonly tls?: Credentials; readonly role?: string } = {},
  ): Promise<{ readonly transport: NatsTransport; readonly heard: Heard; readonly way: CuttablePort }> {
    const way = await cuttablePort(nats.port);
    ports.push(way);
    const heard: Heard = { frames: [], members: [], changes: [], connections: [], undeliverable: [], lost: [] };
    const handlers: TransportHandlers = {
      onFrame: (channel, text, sender) => heard.frames.push({ channel, text, sender }),
      onEnvelope: () => expect.fail('there is only text'),
      onMembers: (members) => heard.members.push(members.map((member) => member.name).sort()),
      onMembership: (change) => heard.changes.push(change),
      onConnection: ({ connected }) => heard.connections.push(connected),
      onUndeliverable: (to, id) => heard.undeliverable.push(`${to} ${id}`),
      onLost: (_count, why) => heard.lost.push(why),
    };
    const transport = new NatsTransport({
      servers: [`127.0.0.1:${way.port}`],
      clock: new SystemClock(),
      everyMs: 400,
      ...(tls && { credentials: tls }),
    });
    await transport.open({ name, role, incarnation }, handlers);
    open.push(transport);
    return { transport, heard, way };
  }

  const refusal = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.fail('nothing was refused'),
      (error: unknown) => error as AttituneError,
    );

  it('keeps the order of one sender over channels and addressees, and says who sent', async () => {
    await server();
    const { transport: sender, heard: own } = await join('host.1');
    const { transport, heard } = await join('manager');
    sender.listen('t:event');
    transport.listen('t:event');
    transport.listen('t:reading');
    await until(() => {
      sender.send({ channel: 't:event', text: 'ready?' });
      expect(heard.frames).to.not.deep.equal([]);
    });
    heard.frames.length = 0;
    const sent: string[] = [];
    for (let at = 0; at < 3000; at += 1) {
      const text = String(at);
      if (at % 3 === 2) sender.send({ channel: 'answer', to: 'manager', text });
      else sender.send({ channel: at % 3 === 0 ? 't:event' : 't:reading', text });
      sent.push(text);
    }
    await until(() => expect(heard.frames).to.have.length.of.at.least(3000));
    const numbers = heard.frames.filter(({ text }) => text !== 'ready?');
    expect(numbers.map(({ text }) => text)).to.deep.equal(sent);
    expect(new Set(numbers.map(({ sender: name }) => name))).to.deep.equal(new Set(['host.1']));
    expect(own.frames).to.deep.equal([]);
    transport.unlisten('t:event');
    expect(own.connections).to.deep.equal([]);
  });

  it('tells at once where nobody of that name is', async () => {
    await server();
    const { transport, heard } = await join('manager');
    transport.send({ channel: 'q:agent.describe', to: 'host.7', id: 'q-1', text: '{}' });
    await until(() => expect(heard.undeliverable).to.deep.equal(['host.7 q-1']));
  });

  it('knows who is there, who leaves, and who was killed', async () => {
    await server();
    const { transport, heard } = await join('manager');
    transport.watch();
    await until(() => expect(heard.members).to.deep.equal([['manager']]));
    const first = await join('host1');
    await until(() => expect(heard.changes.map(({ kind }) => kind)).to.deep.equal(['joined']));
    await first.transport.close();
    await until(() => expect(heard.changes.map(({ kind }) => kind)).to.deep.equal(['joined', 'left']));
    const second = await join('host1', { incarnation: 'host1-2' });
    second.way.cut();
    await until(() =>
      expect(heard.changes.map(({ kind }) => kind)).to.deep.equal(['joined', 'left', 'joined', 'failed']),
    );
    expect(heard.changes.at(-1)?.member.incarnation).to.equal('host1-2');
  });

  it('refuses a name that is taken, and gives it back to who was killed within seconds', async () => {
    await server();
    const first = await join('host1');
    const refused = await refusal(join('host1', { incarnation: 'host1-2' }));
    expect(refused.code).to.equal('name-taken');
    expect(refused.message).to.contain('host1');
    first.way.cut();
    const begun = Date.now();
    await join('host1', { incarnation: 'host1-3' });
    expect(Date.now() - begun).to.be.below(5000);
    const again = await refusal(join('host1', { incarnation: 'host1-4' }));
    expect(again.code).to.equal('name-taken');
  });

  it('gives a name that two want at once to one of them', async () => {
    await server();
    const results = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((incarnation) => join('host1', { incarnation: `host1-${incarnation}` })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  });

  it('comes back when the server was killed and started again', async () => {
    await server();
    const { transport, heard } = await join('manager');
    const other = await join('host1');
    transport.watch();
    transport.listen('t:event');
    await until(() => expect(heard.members.at(-1)).to.deep.equal(['host1', 'manager']));
    await nats.kill();
    await until(() => expect([heard.connections, other.heard.connections]).to.deep.equal([[false], [false]]));
    await nats.start();
    await until(() =>
      expect([heard.connections, other.heard.connections]).to.deep.equal([
        [false, true],
        [false, true],
      ]),
    );
    const known = () => [
      ...(heard.members.at(-1) ?? []),
      ...heard.changes.filter(({ kind }) => kind === 'joined').map(({ member }) => member.name),
    ];
    await until(() => expect(known()).to.include('host1'));
    other.transport.send({ channel: 't:event', text: 'here again' });
    await until(() => expect(heard.frames.map(({ text }) => text)).to.deep.equal(['here again']));
    expect(heard.changes.filter(({ kind }) => kind === 'failed')).to.deep.equal([]);
  });

  it('refuses a server without JetStream or with too short messages, and says what to do', async () => {
    await server({ jetStream: false });
    const refused = await refusal(join('host1'));
    expect(refused.code).to.equal('protocol');
    expect(refused.message).to.match(/no JetStream.*-js/);
    await nats.stop();
    await server({ maxPayload: 65536 });
    const short = await refusal(join('host1'));
    expect(short.code).to.equal('protocol');
    expect(short.message).to.contain('max_payload: 1048576');
    await nats.kill();
    expect((await refusal(join('host1'))).code).to.equal('bus');
  });

  describe('with certificates', () => {
    const users = [
      { name: 'manager', kind: 'manager' },
      { name: 'host.1', kind: 'agent' },
      { name: 'host2', kind: 'agent' },
    ] as const;

    it('lets each speak under its own name only, and hear only what is for it', async () => {
      await server({ users });
      const manager = await join('manager', { tls: await nats.identify('manager') });
      const agent = await join('host.1', { tls: await nats.identify('host.1') });
      manager.transport.listen('t:event');
      manager.transport.watch();
      await until(() => expect(manager.heard.members.at(-1)).to.deep.equal(['host.1', 'manager']));
      agent.transport.send({ channel: 't:event', text: 'mine' });
      await until(() =>
        expect(manager.heard.frames).to.deep.equal([{ channel: 't:event', text: 'mine', sender: 'host.1' }]),
      );
      manager.transport.send({ channel: 'answer', to: 'host.1', text: 'yours' });
      await until(() => expect(agent.heard.frames).to.have.length(1));

      const wire = await connectToNats(
        { servers: [nats.server], credentials: await nats.identify('host.1') },
        'host.1',
      );
      const said: string[] = [];
      void (async () => {
        for await (const event of wire.status()) if (event.type === 'error') said.push(event.error.message);
      })();
      const forbidden = [
        'attitune.main.host2.all.t.event',
        'attitune.main.manager.to.host2.q.agent.execute',
        '$KV.attitune-main-members.host2',
        '$KV.attitune-main-members.any.host=1',
        'attitune-members.main.host2',
        '$JS.API.CONSUMER.CREATE.KV_attitune-main-members',
        '$JS.API.DIRECT.GET.KV_attitune-main-members',
        '$JS.API.STREAM.UPDATE.KV_attitune-main-members',
        '$JS.API.STREAM.CREATE.other',
      ];
      for (const subject of forbidden) wire.publish(subject, 'forged');
      for (const subject of ['attitune.main.*.to.host2.>', '_INBOX.manager.>', '>'])
        wire.subscribe(subject, { callback: () => undefined });
      await until(() => expect(said).to.have.length(forbidden.length + 3));
      expect(said.every((text) => /Permissions Violation/.test(text))).to.equal(true);
      agent.transport.send({ channel: 't:event', text: 'after' });
      await until(() => expect(manager.heard.frames).to.have.length(2));
      expect(manager.heard.frames.at(-1)?.text).to.equal('after');
      await wire.close();
    });

    it('lets an agent have no other role, whatever it writes of itself', async () => {
      await server({ users });
      const manager = await join('manager', { tls: await nats.identify('manager'), role: 'manager' });
      manager.transport.watch();
      const refused = await refusal(join('host.1', { tls: await nats.identify('host.1'), role: 'manager' }));
      expect(refused.code, refused.message).to.equal('not-permitted');
      expect(refused.message).to.contain('host.1 be an agent only, no manager').and.contain('--client NAME');
      const credentials = await nats.identify('host.1');
      const wire = await connectToNats({ servers: [nats.server], credentials }, 'host.1');
      wire.publish('$KV.attitune-main-members.host=1', JSON.stringify({ role: 'manager', incarnation: '0a-1' }));
      await wire.flush();
      const agent = await join('host2', { tls: await nats.identify('host2') });
      agent.transport.watch();
      await until(() => expect(agent.heard.members.at(-1)).to.deep.equal(['host2', 'manager']));
      await until(() => expect(manager.heard.changes.map(({ member }) => member.name)).to.deep.equal(['host2']));
      await wire.close();
    });

    it('gives one name to one member, also where they differ in their roles', async () => {
      await server({ users });
      const first = { tls: await nats.identify('manager'), role: 'manager' };
      await join('manager', first);
      for (const role of ['agent', 'client'])
        expect((await refusal(join('manager', { ...first, role, incarnation: '0b-1' }))).code).to.equal('name-taken');
    });

    it('does not let in a name without a certificate, or with one of others', async () => {
      await server({ users });
      const stranger = await refusal(join('host9', { tls: await nats.identify('host9') }));
      expect(stranger.code).to.equal('certificate');
      expect(stranger.message).to.contain('host9');
      expect((await refusal(join('host2'))).code).to.equal('certificate');
      const other = await startNats({ users });
      try {
        const foreign = await other.identify('host2');
        expect((await refusal(join('host2', { tls: foreign }))).code).to.equal('certificate');
        const mine = await nats.identify('host2');
        await nats.stop();
        nats = await startNats();
        const plain = await refusal(join('host2', { tls: mine }));
        expect(plain.message).to.contain('has no TLS');
      } finally {
        await other.stop();
      }
    });

    it('has an agent wait for the first manager, which makes the list of members', async () => {
      await server({ users });
      const waiting = join('host2', { tls: await nats.identify('host2') });
      await join('manager', { tls: await nats.identify('manager') });
      await waiting;
    });
  });
});

function until(check: () => void): Promise<true> {
  return eventually(
    () => {
      check();
      return Promise.resolve(true);
    },
    10_000,
    'what was looked for',
  );
}
