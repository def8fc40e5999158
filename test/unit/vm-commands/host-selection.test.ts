import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { entryOf, selectHosts } from '../../../core/app/vm/host-selection.js';
import { placeOfUri } from '../../../wrappers/hosts/host-address.js';
import { readHostSettings } from '../../../wrappers/hosts/index.js';
import { failure } from './fleet-world.js';

const place = { file: 'x', line: 1, column: 1 };

describe('the hosts of a command', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'attitune & "hosts"-'))));
  after(() => rm(folder, { recursive: true, force: true }));
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const names = async (options: Parameters<typeof selectHosts>[0], environment = {}) =>
    (await selectHosts(options, environment)).entries.map(({ name, uri }) => `${name} ${uri}`);

  it('are this machine where nothing is told', async () => {
    expect(await names({})).to.deep.equal(['localhost qemu:///system']);
  });

  it('are those of an inventory, a node file or a deployment, with their attributes', async () => {
    const inventory = await file(
      'a.hosts.xml',
      `<hosts xmlns="urn:attitune:hosts:1"><attribute name="pool" value="vms"/><host name="h1" uri="qemu+tls://h1/system"/></hosts>`,
    );
    expect(await names({ hosts: inventory })).to.deep.equal(['h1 qemu+tls://h1/system']);
    expect((await selectHosts({ hosts: inventory }, {})).entries[0]?.attributes).to.include({ pool: 'vms' });
    expect(await names({ hosts: await file('nodes', 'h2 bridge=br0\nh3 qemu+tcp://h3/system\n') })).to.deep.equal([
      'h2 qemu+tls://h2/system',
      'h3 qemu+tcp://h3/system',
    ]);
    const deployment = await file(
      'd.deployment.xml',
      `<deployment xmlns="urn:attitune:deployment:1" name="d">
        <hosts family="a" hypervisor="libvirt"><host name="h4" uri="qemu+tls://h4/system"/></hosts>
        <hosts family="b" hypervisor="none"><host name="me" uri="local:"/></hosts>
      </deployment>`,
    );
    expect(await names({ hosts: deployment })).to.deep.equal(['h4 qemu+tls://h4/system']);
    expect(await names({}, { ATTITUNE_HOSTS: inventory })).to.deep.equal(['h1 qemu+tls://h1/system']);
    expect(await names({ connect: ['test:///default'] }, { ATTITUNE_HOSTS: inventory })).to.have.length(1);
  });

  it('are those of --connect, with a name or by their address', async () => {
    const connect = ['one=qemu+tls://10.0.0.1/system?pkipath=/x', 'qemu+ssh://root@two/system', 'qemu:///session'];
    expect((await selectHosts({ connect }, {})).entries.map(({ name }) => name)).to.deep.equal([
      'one',
      'two',
      'localhost',
    ]);
    expect(() => entryOf('one=')).to.throw(/NAME=URI/);
  });

  it('are told wrong with the reason', async () => {
    expect((await failure(selectHosts({ connect: ['qemu:///system'], lab: true }, {}))).code).to.equal('usage');
    expect((await failure(selectHosts({ hosts: '/nowhere.hosts.xml' }, {}))).code).to.equal('file-not-found');
    const twice = { connect: ['a=qemu+tls://x/system', 'a=qemu+tls://y/system'] };
    expect((await failure(selectHosts(twice, {}))).code).to.equal('duplicate-name');
    const none = await file(
      'n.deployment.xml',
      `<deployment xmlns="urn:attitune:deployment:1" name="d"><hosts family="b" hypervisor="none"><host name="me" uri="local:"/></hosts></deployment>`,
    );
    expect((await failure(selectHosts({ hosts: none }, {}))).message).to.contain('no host of hypervisor="libvirt"');
    const broken = await file('b.hosts.xml', '<hosts xmlns="urn:attitune:hosts:1"><hast/></hosts>');
    const error = await selectHosts({ hosts: broken }, {}).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AggregateError);
    expect(String((error as AggregateError).errors[0])).to.contain('hast');
  });

  it('are reached by others without the certificates of this machine', () => {
    const own = new Set(['localhost', '10.0.0.9']);
    const told = (uri: string) => placeOfUri(uri, own, 'me');
    expect(told('qemu:///system')).to.deep.equal({
      address: '127.0.0.1',
      local: true,
      migrationUri: 'qemu+tls://me/system',
    });
    expect(told('qemu+tls://h1:16515/system?pkipath=/x')).to.deep.equal({
      address: 'h1',
      local: false,
      migrationUri: 'qemu+tls://h1:16515/system',
    });
    expect(told('qemu+tcp://10.0.0.9/system').local).to.equal(true);
    expect(told('qemu+tcp://[fd00::1]/system').address).to.equal('fd00::1');
  });

  it('say what their virtual machines are made with', () => {
    const read = (attributes: Readonly<Record<string, string>>) => readHostSettings({ name: 'h1', attributes, place });
    expect(read({})).to.deep.equal({ network: 'default' });
    expect(read({ bridge: 'br0', pool: 'vms' })).to.deep.equal({ bridge: 'br0', pool: 'vms' });
    expect(() => read({ bridge: 'br0', network: 'lan' })).to.throw(/both a bridge/);
    expect(() => read({ bridge: '<br0>' })).to.throw(/no name/);
    expect(() => read({ poolPath: 'vms' })).to.throw(/absolute path/);
    expect(() => read({ addresses: 'all' })).to.throw(/range of addresses/);
  });
});
