import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer as createTcp, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { expect } from 'chai';
import { WebSocketServer } from 'ws';
import { WebSocketHub } from '../../core/bus/websocket/index.js';
import { provenWords } from '../../core/bus/websocket/admission.js';
import { AgentProcess } from '../support/agent-process.js';
import { BUS_TOKEN, BUS_TOKEN_FILE } from '../support/bus-token.js';
import { hello, hubWorld, refusal } from '../support/hub-world.js';

describe('a bus without certificates', function () {
  this.timeout(60_000);
  const { clock, ended, events, hubAt, join, raw } = hubWorld();
  let folder: string;
  let theirs: string;
  before(async () => {
    folder = await mkdtemp(path(tmpdir(), 'attitune-bus-token-'));
    theirs = path(folder, 'theirs');
    await writeFile(theirs, `${'another-users-'.repeat(3)}\n`, { mode: 0o600 });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('lets in who has its token, also as a copy, and tells others what to do', async () => {
    const { hub, url } = await hubAt();
    const copy = path(folder, 'copy');
    await copyFile(BUS_TOKEN_FILE, copy);
    await join(url, 'host1');
    await join(url, 'host2', { busToken: copy });
    const wrong = await refusal(join(url, 'manager', { role: 'manager', busToken: theirs }));
    expect(wrong.code).to.equal('not-permitted');
    expect(wrong.message).to.include('another one').and.include(BUS_TOKEN_FILE).and.include('--bus-token');
    // one of an earlier version, or that does not keep to it
    for (const proof of [undefined, '', 'x'.repeat(43)]) {
      const stranger = await raw(url, { ...hello('stranger'), role: 'manager', proof });
      await stranger.closed;
      expect(stranger.heard[0]).to.match(/^refused\n.*"not-permitted"/);
      expect(stranger.heard).to.have.length(1);
    }
    expect(hub.members.map(({ name }) => name)).to.deep.equal(['host1', 'host2']);
    expect(hub.counts.refused).to.deep.equal({ 'not-permitted': 4 });
    expect(events.filter(({ kind }) => kind === 'refused')).to.have.length(4);
  });

  it('takes no proof that is of another connection', async () => {
    const { hub, url } = await hubAt();
    const said = { ...hello('a'), nonce: 'n' };
    const proof = BUS_TOKEN.proof('member', provenWords('of before', Number(new URL(url).port), said));
    const again = await raw(url, { ...said, proof });
    await again.closed;
    expect(again.heard[0]).to.include('not-permitted');
    expect(hub.members).to.deep.equal([]);
  });

  it('is left by members where its hub cannot prove that it is theirs', async () => {
    const open = new WebSocketHub({ clock });
    ended.push(() => open.close());
    const { url } = await open.listen('127.0.0.1', 0);
    const asked = await refusal(join(url, 'host1'));
    expect(asked.code).to.equal('not-permitted');
    expect(asked.message).to.include('not the hub of the token in').and.include('ss -ltnp');
    expect(open.members).to.deep.equal([]);
    // one that asks, and welcomes whatever it is told
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    ended.push(() => new Promise((resolve) => server.close(resolve)));
    await once(server, 'listening');
    server.on('headers', (headers) => headers.push('attitune-challenge: anything'));
    const shown: string[] = [];
    server.on('connection', (socket) =>
      socket.on('message', (data: Buffer) => {
        shown.push(data.toString());
        socket.send('msg q:agent.execute manager\n{}');
        socket.send('welcome\n{"v":1,"pingMs":1000,"proof":"made up"}');
      }),
    );
    const fake = await refusal(join(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, 'host1'));
    expect(fake.code).to.equal('not-permitted');
    expect(shown).to.have.length(1);
    expect(shown[0], 'the token itself is never shown').to.not.include(BUS_TOKEN.secret);
  });

  it('is not joined through another port, where somebody could stand between', async () => {
    const { hub, url } = await hubAt();
    const relay = createTcp((near) => {
      const far = connect(Number(new URL(url).port), '127.0.0.1');
      near.on('error', () => far.destroy()).on('close', () => far.destroy());
      far.on('error', () => near.destroy()).on('close', () => near.destroy());
      near.pipe(far).pipe(near);
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    ended.push(() => new Promise((resolve) => relay.close(resolve)));
    const error = await refusal(join(`ws://127.0.0.1:${(relay.address() as AddressInfo).port}`, 'host1'));
    expect(error.code).to.equal('not-permitted');
    expect(hub.members).to.deep.equal([]);
  });

  it("does not have a root's agent that would obey another user's manager", async () => {
    const { hub, url } = await hubAt();
    const agent = new AgentProcess('--bus', url, '--name', 'host1', '--no-hypervisor', '--bus-token', theirs);
    ended.push(() => agent.end('SIGKILL'));
    expect(await agent.over()).to.equal(2);
    expect(agent.said).to.match(/error not-permitted: .*--bus-token/);
    expect(hub.members).to.deep.equal([]);
    const right = new AgentProcess('--bus', url, '--name', 'host1', '--no-hypervisor');
    ended.push(() => right.end('SIGKILL'));
    for (let tries = 0; tries < 200 && hub.members.length === 0; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(hub.members.map(({ name, role }) => `${name} ${role}`)).to.deep.equal(['host1 agent']);
  });
});
