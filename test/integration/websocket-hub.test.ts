import { createServer } from 'node:http';
import { connect, createServer as createTcp, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { BusMember } from '../../core/bus/member.js';
import { BUS_PATH, WebSocketHub } from '../../core/bus/websocket/index.js';
import type { AttituneError } from '../../core/model/errors.js';
import { event, REAL_TIME } from '../contract/member-bus.world.js';
import { hello, hubWorld, refusal } from '../support/hub-world.js';
import { BUS_TOKEN } from '../support/bus-token.js';

const { until } = REAL_TIME;

describe('the WebSocket hub', function () {
  this.timeout(30_000);
  const { clock, ended, events, hubAt, join, raw } = hubWorld();

  it('lets nobody in who does not say who it is in the right form, and says why', async () => {
    const { hub, url } = await hubAt({ helloMs: 300 });
    const wrong = [
      '',
      'hello',
      'hello\n{',
      'hello\nnull',
      { ...hello('a'), v: 2 },
      { ...hello('two words') },
      { ...hello('a'), role: 'Ro le' },
      { ...hello('a'), incarnation: '' },
      { ...hello('a'), channels: ['nonsense'] },
      { ...hello('a'), more: 1 },
      'pub t:event\n{}',
      `hello\n${'x'.repeat(2000)}`,
    ];
    for (const each of wrong) {
      const { heard, closed } = await raw(url, each);
      expect(await closed).to.equal(4400);
      expect(heard.join('')).to.match(/^refused\n\{"code":"protocol"/);
    }
    const silent = await raw(url);
    expect(await silent.closed).to.equal(4400);
    expect(hub.counts.refused).to.deep.equal({ protocol: wrong.length + 1 });
    expect(hub.members).to.deep.equal([]);
    expect(events.every(({ kind }) => kind === 'refused')).to.equal(true);
    const a = await join(url, 'a');
    expect(a.connected).to.equal(true);
  });

  it('survives whatever a member sends', async () => {
    const { hub, url } = await hubAt();
    const good = await join(url, 'good');
    const heard: number[] = [];
    good.subscribe('event', ({ id }) => heard.push(id));
    const { socket } = await raw(url, hello('bad'));
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 500 })), async (each) => {
        if (typeof each === 'string' && /^(?:bye|watch)/.test(each)) return;
        socket.send(each);
        sent += 1;
        await Promise.resolve();
      }),
      { numRuns: 300 },
    );
    for (const each of [
      'pub',
      'pub x',
      'to t:event',
      'to t:event two words',
      'sub',
      'sub ?',
      'unsub',
      'x'.repeat(5000),
    ]) {
      socket.send(each);
      sent += 1;
    }
    await until(
      () => hub.counts.malformed + hub.counts.undeliverable + hub.counts.received >= sent,
      'all of it is read',
    );
    const another = await join(url, 'another');
    another.publish('event', event(1));
    await until(() => heard.includes(1), 'others still hear each other');
    expect(hub.counts.malformed).to.be.above(0);
  });

  it('cuts off who sends far more than a message may have; it comes back by itself, and the others go on', async () => {
    const { hub, url } = await hubAt();
    const { socket, closed } = await raw(url, hello('bad'));
    await until(() => hub.members.length === 1, 'it is there');
    socket.send(`pub t:event\n${'x'.repeat(3 * 1024 * 1024)}`);
    expect(await closed).to.equal(1009);
    await until(() => hub.counts.oversized === 1, 'it is counted');
    await until(() => hub.members.length === 0, 'it has failed after its grace');
    const failed = events.find((seen) => seen.kind === 'membership' && seen.change.kind === 'failed');
    expect(JSON.stringify(failed)).to.include('far more than a message may have');
  });

  it('gives a name again at once where its owner does not answer any more', async () => {
    const { hub, url } = await hubAt();
    const { socket } = await raw(url, hello('host1', '0a-1'));
    await until(() => hub.members.length === 1, 'it is there');
    // a machine without power: its connection stays, and nothing answers
    socket.pause();
    const begun = performance.now();
    const again = await join(url, 'host1');
    expect(performance.now() - begun).to.be.within(250, 5000);
    expect(again.connected).to.equal(true);
    expect(hub.members.map(({ name, incarnation }) => [name, incarnation])).to.deep.equal([
      ['host1', again.member.incarnation],
    ]);
    const kinds = events.flatMap((seen) => (seen.kind === 'membership' ? [seen.change.kind] : []));
    expect(kinds).to.deep.equal(['joined', 'failed', 'joined']);
  });

  it('gives a name that several want at once to one of them', async () => {
    const { hub, url } = await hubAt();
    const { socket } = await raw(url, hello('host1', '0a-1'));
    await until(() => hub.members.length === 1, 'it is there');
    socket.pause();
    const tries = await Promise.allSettled([join(url, 'host1'), join(url, 'host1'), join(url, 'host1')]);
    const errors = tries.flatMap((each) => (each.status === 'rejected' ? [each.reason as AttituneError] : []));
    expect(errors.map(({ code }) => code)).to.deep.equal(['name-taken', 'name-taken']);
    expect(hub.members).to.have.length(1);
  });

  it('takes the same life of a member back on another connection, without asking the former one', async () => {
    const { hub, url } = await hubAt();
    const first = await raw(url, hello('host1'));
    await until(() => first.heard.length === 1, 'it is welcome');
    const second = await raw(url, hello('host1'));
    await until(() => second.heard.length === 1, 'it is welcome again');
    await first.closed;
    await wait(500);
    expect(hub.members).to.have.length(1);
    expect(events).to.have.length(1);
  });

  it('keeps for a while what comes for a member that lost its connection', async () => {
    const { hub, url } = await hubAt({ graceMs: 2000 });
    const first = await raw(url, hello('host1'));
    await until(() => first.heard.length === 1, 'it is welcome');
    first.socket.terminate();
    await until(() => hub.counts.connections === 0, 'it is gone');
    const other = await join(url, 'other');
    for (let id = 1; id <= 20; id += 1) other.publish('event', event(id), id % 2 ? 'host1' : undefined);
    await until(() => hub.counts.received === 20, 'the hub has them');
    const second = await raw(url, hello('host1'));
    await until(() => second.heard.length === 21, 'they come');
    const ids = second.heard.slice(1).map((frame) => Number(/"id":(\d+)/.exec(frame)?.[1]));
    expect(ids).to.deep.equal(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('restarted under load has everybody back; nobody has failed, and nothing kept meanwhile is lost or out of order', async () => {
    const hubs = [await hubAt({ gatherMs: 5 })];
    const { url } = hubs[0] ?? expect.fail();
    const port = Number(new URL(url).port);
    const manager = await join(url, 'manager');
    const heard = new Map<string, number[]>();
    const seen: string[] = [];
    const order: string[] = [];
    manager.onMembership(({ kind, member: { name } }) => seen.push(`${kind} ${name}`));
    manager.subscribe('event', ({ id, why }, from) => {
      if (why === 'kept') order.push(from);
      heard.set(from, [...(heard.get(from) ?? []), id]);
    });
    const agents = await Promise.all(Array.from({ length: 60 }, (_, index) => join(url, `host${index}`)));
    await until(() => seen.length === 61, 'the manager sees all');
    await wait(50);
    let id = 0;
    const talk = (why: string) => {
      id += 1;
      for (const agent of agents) agent.publish('event', event(id, why));
    };
    for (let round = 0; round < 20; round += 1) talk('before');
    await until(() => [...heard.values()].filter((ids) => ids.length === 20).length === 60, 'all before is heard');
    await hubs[0]?.hub.close();
    await until(() => agents.every(({ connected }) => !connected) && !manager.connected, 'all know that it is gone');
    for (let round = 0; round < 20; round += 1) talk('kept');
    const again = new WebSocketHub({ clock, token: BUS_TOKEN });
    ended.push(() => again.close());
    await again.listen('127.0.0.1', port);
    await until(() => agents.every(({ connected }) => connected) && manager.connected, 'all are back');
    for (let round = 0; round < 20; round += 1) talk('after');
    await until(() => [...heard.values()].every((ids) => ids.at(-1) === 60), 'the last is heard');
    const all = Array.from({ length: 60 }, (_, index) => index + 1);
    for (const [from, ids] of heard) expect(ids, from).to.deep.equal(all);
    expect(heard.size).to.equal(60);
    expect(order).to.have.length(1200);
    expect(manager.counts.dropped).to.include({ replayed: 0, malformed: 0, skewed: 0, buffer: 0 });
    expect(seen.filter((line) => !line.startsWith('joined'))).to.deep.equal([]);
    expect(seen).to.have.length(61);
  });

  it('bounds what waits for a member that reads too slowly, and tells it what it missed', async () => {
    const { hub, url } = await hubAt({ maxBufferedBytes: 300_000 });
    const slow = await raw(url, hello('slow'));
    await until(() => slow.heard.length === 1, 'it is welcome');
    slow.socket.pause();
    const fast = await join(url, 'fast');
    const quick = await join(url, 'quick');
    let heard = 0;
    quick.subscribe('event', () => (heard += 1));
    await wait(50);
    const long = 'x'.repeat(60_000);
    let sent = 0;
    while (hub.counts.slow < 5 && sent < 2000) {
      fast.publish('event', event((sent += 1), long));
      await wait(1);
    }
    expect(hub.counts.slow).to.be.at.least(5);
    await until(() => heard === sent, 'another one hears all of them');
    expect(events.some((seen) => seen.kind === 'dropped' && seen.name === 'slow')).to.equal(true);
    slow.socket.resume();
    await until(
      () => slow.heard.filter((frame) => frame.startsWith('msg ')).length === sent - hub.counts.slow,
      'the rest comes',
    );
    fast.publish('event', event(0));
    await until(() => slow.heard.some((frame) => frame.startsWith(`lost ${hub.counts.slow}\n`)), 'it is told');
    expect(slow.heard.at(-1)).to.match(/^msg /);
  });

  it('finds out by pings who is there only in appearance', async () => {
    const { hub, url } = await hubAt({ pingMs: 100, graceMs: 100 });
    const dead = await raw(url, hello('dead'));
    const alive = await join(url, 'alive');
    await until(() => hub.members.length === 2, 'both are there');
    dead.socket.pause();
    await until(() => hub.members.length === 1, 'one has failed');
    expect(hub.members[0]?.name).to.equal('alive');
    expect(alive.connected).to.equal(true);
  });

  it('is left by a member that hears nothing from it for long', async () => {
    const { hub, url } = await hubAt({ pingMs: 60 });
    const port = Number(new URL(url).port);
    // a way on which nothing comes back any more, though it stays open
    let frozen = false;
    const tcp = createTcp((near) => {
      if (frozen) return;
      const far = connect(port, '127.0.0.1');
      near.on('error', () => far.destroy()).on('close', () => far.destroy());
      far.on('error', () => near.destroy());
      far.on('close', () => {
        if (!frozen) near.destroy();
      });
      near.pipe(far);
      far.on('data', (data) => {
        if (!frozen) near.write(data);
      });
    });
    // of the hub's own port, over which both prove their token
    await new Promise<void>((resolve) => tcp.listen(port, '127.0.0.2', resolve));
    ended.push(() => new Promise<unknown>((resolve) => tcp.close(resolve)));
    const member = await join(`ws://127.0.0.2:${port}`, 'host1');
    const reasons: string[] = [];
    member.onConnection((change) => {
      if (!change.connected) reasons.push(change.reason.message);
    });
    expect(hub.members).to.have.length(1);
    frozen = true;
    await until(() => !member.connected, 'it notices');
    expect(reasons[0]).to.match(/silent for/);
    await member.close();
  });

  it('refuses pages of browsers, other paths, and to listen for everybody without certificates', async () => {
    const { hub, url } = await hubAt();
    const status = (path: string, headers: Record<string, string>) =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(`${url}${path}`, { headers });
        socket.on('unexpected-response', (_request, response) => {
          resolve(response.statusCode ?? 0);
          response.destroy();
        });
        socket.on('open', () => resolve(101));
        socket.on('error', () => undefined);
        ended.push(() => socket.terminate());
      });
    expect(await status(BUS_PATH, { Origin: 'http://evil.example' })).to.equal(403);
    expect(await status('/other', {})).to.equal(404);
    expect(hub.counts.refused).to.deep.equal({ 'not-permitted': 1 });
    const open = new WebSocketHub({ clock, token: BUS_TOKEN });
    ended.push(() => open.close());
    const error = await refusal(open.listen('0.0.0.0', 0));
    expect(error.code).to.equal('not-permitted');
    expect(error.message).to.include('--pki');
    expect((await refusal(open.listen('127.0.0.1', Number(new URL(url).port)))).code).to.equal('port-in-use');
  });

  it('is part of a server that is there, and of the process of a manager', async () => {
    const hub = new WebSocketHub({ clock, token: BUS_TOKEN });
    const server = createServer((_request, response) => response.end('something else'));
    hub.attach(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ended.push(() => new Promise((resolve) => server.close(resolve)));
    ended.push(() => hub.close());
    const { port } = server.address() as AddressInfo;
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).to.equal('something else');
    const manager = await BusMember.open(hub.localTransport(), {
      name: 'manager',
      role: 'manager',
      clock,
      random: { next: () => 0.5 },
    });
    ended.push(() => manager.close());
    const seen: string[] = [];
    manager.onMembership(({ kind, member: { name } }) => seen.push(`${kind} ${name}`));
    manager.respond('manager.emit', ({ event: name }) => ({ id: name.length }));
    const heard: number[] = [];
    const host = await join(`ws://127.0.0.1:${port}`, 'host1');
    host.subscribe('event', ({ id }) => heard.push(id));
    const answer = await host.request(
      'manager',
      'manager.emit',
      { event: 'abcd', component: 'c', source: 's' },
      { timeoutMs: 5000 },
    );
    expect(answer).to.deep.equal({ id: 4 });
    for (let id = 1; id <= 100; id += 1) manager.publish('event', event(id));
    await until(() => heard.length === 100, 'all are heard');
    expect(heard).to.deep.equal(Array.from({ length: 100 }, (_, index) => index + 1));
    expect((await refusal(join(`ws://127.0.0.1:${port}`, 'manager'))).code).to.equal('name-taken');
    await host.close();
    await until(() => seen.includes('left host1'), 'the manager sees it');
    await hub.close();
    expect(manager.connected).to.equal(false);
  });

  it('is told from other servers', async () => {
    const other = createServer((_request, response) => response.writeHead(404).end('not here'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    ended.push(() => new Promise((resolve) => other.close(resolve)));
    const error = await refusal(join(`ws://127.0.0.1:${(other.address() as AddressInfo).port}`, 'a'));
    expect(error.code, error.message).to.equal('protocol');
    expect(error.message).to.include('no hub');
  });
});
