import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { openMemberBus } from '../../core/app/bus-address.js';
import { readCredentials } from '../../core/bus/credentials.js';
import { BUS_PATH, WebSocketHub } from '../../core/bus/websocket/index.js';
import { PkiFolder } from '../../core/pki/index.js';
import { hello, hubWorld, refusal } from '../support/hub-world.js';

describe('the WebSocket hub with certificates', function () {
  this.timeout(30_000);
  const { clock, ended, events } = hubWorld();
  let folder: string;
  const pki = (below: string) => path(folder, below);
  before(async () => {
    folder = await mkdtemp(path(tmpdir(), 'attitune-hub-'));
    const now = new Date();
    const ours = await PkiFolder.init(path(folder, 'ours'), { name: 'ours' }, now);
    await ours.issueHost('localhost', { alternatives: ['127.0.0.1'] }, now);
    await ours.issueHost('elsewhere', {}, now);
    for (const name of ['host1', 'host2']) await ours.issueClient(name, {}, now);
    const theirs = await PkiFolder.init(path(folder, 'theirs'), { name: 'theirs' }, now);
    await theirs.issueClient('host1', {}, now);
    await theirs.issueHost('localhost', { alternatives: ['127.0.0.1'] }, now);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function tlsHub(of = 'ours/hosts/localhost') {
    const hub = new WebSocketHub({ clock, graceMs: 300, onEvent: (seen) => events.push(seen) });
    ended.push(() => hub.close());
    const { url } = await hub.listen('127.0.0.1', 0, await readCredentials(pki(of), 'server', new Date()));
    return { hub, url };
  }
  const member = (address: string, folderOf: string, name?: string) =>
    openMemberBus({ address, pki: pki(folderOf), name, role: 'agent', clock }).then((made) => {
      ended.push(() => made.close());
      return made;
    });

  it('takes the name from the certificate, of a client and of a host', async () => {
    const { hub, url } = await tlsHub();
    expect(url).to.match(/^wss:/);
    await member(url, 'ours/clients/host1');
    await member(url, 'ours/hosts/elsewhere');
    expect(hub.members.map(({ name }) => name)).to.have.members(['host1', 'elsewhere']);
  });

  it("lets a host's certificate be an agent only, and a client's anything", async () => {
    const { hub, url } = await tlsHub();
    const as = (role: string, of: string) =>
      openMemberBus({ address: url, pki: pki(of), role, clock }).then((made) => {
        ended.push(() => made.close());
      });
    for (const role of ['manager', 'client', 'peer']) {
      const { code, message } = await refusal(as(role, 'ours/hosts/elsewhere'));
      expect(code, role).to.equal('not-permitted');
      expect(message).to.include(`no ${role}:`).and.include('attitune pki issue --client NAME');
    }
    expect(hub.counts.refused).to.deep.equal({ 'not-permitted': 3 });
    expect(events.filter(({ kind }) => kind === 'refused')).to.have.length(3);
    await as('agent', 'ours/hosts/elsewhere');
    await as('manager', 'ours/clients/host1');
    await as('client', 'ours/clients/host2');
    expect(hub.members.map(({ name, role }) => `${name} ${role}`)).to.deep.equal([
      'elsewhere agent',
      'host1 manager',
      'host2 client',
    ]);
  });

  it('refuses who has another name than its certificate, none, or one of strangers', async () => {
    const { hub, url } = await tlsHub();
    expect((await refusal(member(url, 'ours/clients/host1', 'host2'))).code).to.equal('certificate');
    // one that does not keep to that itself
    const credentials = await readCredentials(pki('ours/clients/host1'), 'client', new Date());
    const socket = new WebSocket(`${url}${BUS_PATH}`, {
      ca: credentials.authority,
      cert: credentials.certificate,
      key: credentials.key,
    });
    ended.push(() => socket.terminate());
    socket.on('open', () => socket.send(`hello\n${JSON.stringify(hello('host2'))}`));
    const [said] = await new Promise<Buffer[]>((resolve) => socket.on('message', (data: Buffer) => resolve([data])));
    expect(said?.toString()).to.match(/^refused\n.*"certificate".*host2.*host1/);
    const none = new WebSocket(`${url}${BUS_PATH}`, { ca: credentials.authority });
    ended.push(() => none.terminate());
    const code = await new Promise<number | undefined>((resolve) => {
      none.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      none.on('error', () => undefined);
      none.on('open', () => resolve(101));
    });
    expect(code).to.equal(403);
    expect(hub.counts.refused).to.deep.equal({ certificate: 2 });
    const stranger = await refusal(member(url, 'theirs/clients/host1'));
    expect(stranger.code, stranger.message).to.equal('certificate');
    expect(hub.members).to.deep.equal([]);
  });

  it('is refused itself where its certificate is of strangers', async () => {
    const { url } = await tlsHub('theirs/hosts/localhost');
    const error = await refusal(member(url, 'ours/clients/host1'));
    expect(error.code, error.message).to.equal('certificate');
  });

  it('asks for what is missing in words', async () => {
    const { url } = await tlsHub();
    const cases: readonly [() => Promise<unknown>, string, RegExp][] = [
      [() => openMemberBus({ address: url, name: 'host1', role: 'agent', clock }), 'certificate', /--pki/],
      [() => member(url, 'no/such/folder'), 'certificate', /clientcert\.pem is missing/],
      [
        () => readCredentials(pki('ours/clients/host1'), 'server', new Date()),
        'certificate',
        /servercert\.pem is missing/,
      ],
      [() => readCredentials(pki('ours/clients/host1'), 'client', new Date('2200-01-01')), 'certificate', /expired/],
      [
        () => readCredentials(pki('ours/clients/host1'), 'client', new Date('2000-01-01')),
        'certificate',
        /not yet valid/,
      ],
      [
        () => openMemberBus({ address: 'ws://192.0.2.1:7420', name: 'a', role: 'agent', clock }),
        'not-permitted',
        /TLS/,
      ],
      [
        () => openMemberBus({ address: 'http://localhost', name: 'a', role: 'agent', clock }),
        'usage',
        /wss:\/\/HOST:PORT/,
      ],
      [() => openMemberBus({ address: 'nonsense', name: 'a', role: 'agent', clock }), 'usage', /address of a bus/],
      [() => openMemberBus({ address: 'ws://localhost:1', role: 'agent', clock }), 'usage', /--name/],
      [
        () => openMemberBus({ address: 'ws://127.0.0.1:1', name: 'a', role: 'agent', clock }),
        'bus',
        /nothing listens there/,
      ],
    ];
    for (const [open, code, message] of cases) {
      const error = await refusal(open());
      expect(error.code, error.message).to.equal(code);
      expect(error.message).to.match(message);
    }
  });
});
