import { expect } from 'chai';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Executor } from '../../../core/model/executor.js';
import type { Hypervisor } from '../../../core/model/hypervisor.js';
import { connectHost, type HostAgents } from '../../../wrappers/hosts/index.js';
import { sshDestination, sshWay } from '../../../wrappers/hosts/ssh-host.js';

const place = { file: 'a.deployment.xml', line: 3, column: 5 };
const way = (uri: string, attributes: Readonly<Record<string, string>> = {}) =>
  sshWay({ name: 'host1', uri, attributes, place });

const AGENTS: HostAgents = {
  executorFor: (node) => ({ node: `agent of ${node}` }) as Executor,
  awaited: () => Promise.resolve(),
  machine: () => undefined,
  onHeard: () => ({ unsubscribe: () => undefined }),
};

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

  it('have software started by ssh where that is asked for, or where there are no agents', async () => {
    const hypervisor = { capabilities: () => Promise.resolve({ cpus: 2 }) } as Hypervisor;
    const parts = { clock: new SimulatedClock(), connect: () => Promise.resolve(hypervisor) };
    const executorOf = async (uri: string, attributes: Readonly<Record<string, string>>, agents?: HostAgents) => {
      const host = await connectHost({ name: 'host1', uri, attributes, place }, agents ? { ...parts, agents } : parts);
      return [host.executor.constructor.name, host.executor.node, host.agent];
    };
    const [bySsh, byTls] = ['qemu+ssh://root@host1/system', 'qemu+tls://host1/system'];
    expect(await executorOf(bySsh, {})).to.deep.equal(['SshExecutor', 'host1', undefined]);
    expect(await executorOf(byTls, {})).to.deep.equal(['NoAgentExecutor', 'host1', undefined]);
    expect(await executorOf(byTls, { executor: 'ssh' })).to.deep.equal(['SshExecutor', 'host1', undefined]);
    expect(await executorOf(bySsh, {}, AGENTS)).to.deep.equal(['Object', 'agent of host1', 'host1']);
    expect(await executorOf(bySsh, { executor: 'ssh' }, AGENTS)).to.deep.equal(['SshExecutor', 'host1', undefined]);
    expect(await executorOf('qemu:///system', {}, AGENTS)).to.deep.equal(['LocalExecutor', 'host1', undefined]);
  });
});
