import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { sshDestination, sshWay } from '../../../wrappers/hosts/ssh-host.js';

const place = { file: 'a.deployment.xml', line: 3, column: 5 };
const way = (uri: string, attributes: Readonly<Record<string, string>> = {}) =>
  sshWay({ name: 'host1', uri, attributes, place });

describe('hosts that are reached by ssh', () => {
  it('are those of ssh:// without a hypervisor', () => {
    expect(sshDestination('ssh://host1')).to.deep.equal({ address: 'host1' });
    expect(sshDestination('ssh://admin@host1:2222/')).to.deep.equal({ address: 'host1', user: 'admin', port: 2222 });
    expect(sshDestination('ssh://[fd00::1]:22')).to.deep.equal({ address: 'fd00::1', port: 22 });
    for (const other of ['local:', 'agent://host1', 'ssh://', 'ssh://a b', 'ssh://-oProxyCommand=x', 'ssh://u@h/path'])
      expect(sshDestination(other), other).to.equal(undefined);
  });

  it('are those whose libvirt is reached so, as it is', () => {
    expect(way('qemu+ssh://root@host1:2222/system?keyfile=/k&known_hosts=/h')).to.deep.equal({
      destination: { address: 'host1', user: 'root', port: 2222, keyfile: '/k', knownHosts: '/h', hostKeys: 'normal' },
      wanted: false,
    });
    expect(way('qemu+tls://host1/system')).to.equal(undefined);
    expect(way('qemu:///system')).to.equal(undefined);
  });

  it('are those that ask for it, with their attributes', () => {
    expect(way('qemu+tls://host1/system', { executor: 'ssh' })).to.deep.equal({
      destination: { address: 'host1' },
      wanted: true,
    });
    const attributes = { executor: 'ssh', user: 'admin', port: '2200', keyfile: '/k', knownHosts: '/h' };
    expect(way('qemu+ssh://root@host1/system', attributes)).to.deep.equal({
      destination: { address: 'host1', user: 'admin', port: 2200, keyfile: '/k', knownHosts: '/h', hostKeys: 'normal' },
      wanted: true,
    });
  });

  it('are refused with wrong attributes', () => {
    for (const [attributes, words] of [
      [{ executor: 'telnet' }, /can only be "ssh"/],
      [{ executor: 'ssh', port: '0' }, /from 1 to 65535/],
    ] as const)
      expect(() => way('qemu+tls://host1/system', attributes))
        .to.throw(AttituneError, words)
        .with.property('place', place);
  });
});
