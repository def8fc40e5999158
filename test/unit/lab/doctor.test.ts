import { expect } from 'chai';
import { labFindings, type LabFacts } from '../../../wrappers/lab/doctor.js';
import {
  accountFile,
  hostsFile,
  libvirtdConfiguration,
  lockdConfiguration,
  nameServiceSwitch,
  qemuConfiguration,
} from '../../../wrappers/lab/host/host-files.js';
import { labPaths } from '../../../wrappers/lab/lab-paths.js';
import { planLab, type LabHostPlan } from '../../../wrappers/lab/lab-plan.js';
import { parseSubnet } from '../../../wrappers/lab/subnet.js';

const healthy: LabFacts = {
  root: true,
  missing: [],
  cgroupVersion: 2,
  namespaces: true,
  virtualisation: { usable: 'untried', reason: '/dev/kvm is there' },
  subnet: { text: '10.213.77.0/24' },
  status: { state: 'down', namespaces: [], links: [], hosts: [], images: [{ name: 'tomcat', key: 'tomcat-1' }] },
  lockManagerLacks: [],
  now: new Date('2026-11-21T12:00:00Z'),
  serviceGuardLeft: false,
  freeMiB: 900,
  memoryMiB: 4000,
  stateFolder: '/var/lib/attitune',
};

function finding(check: string, facts: Partial<LabFacts>) {
  const found = labFindings({ ...healthy, ...facts }).find((each) => each.check === check);
  if (!found) throw new Error(`the doctor does not look at ${check}`);
  return found;
}

describe('Doctor of the lab', () => {
  it('finds nothing on a healthy machine', () => {
    expect(labFindings(healthy).map(({ state }) => state)).to.deep.equal(Array.from({ length: 12 }, () => 'ok'));
    expect(labFindings(healthy).every(({ advice }) => advice === undefined)).to.equal(true);
  });

  it('names what is missing and how to get it', () => {
    expect(finding('packages', { missing: ['cpio', 'kmod'] })).to.include({ state: 'fail' });
    expect(finding('packages', { missing: ['cpio', 'kmod'] }).advice).to.equal(
      'apt-get install --no-install-recommends cpio kmod',
    );
    expect(finding('packages', { missing: { problem: 'no dpkg' } }).detail).to.equal('no dpkg');
    expect(finding('rights', { root: false }).state).to.equal('fail');
    expect(finding('cgroup', { cgroupVersion: { problem: 'none mounted' } }).state).to.equal('fail');
    expect(finding('namespaces', { namespaces: { problem: 'EPERM' } }).state).to.equal('fail');
    expect(finding('addresses', { subnet: { text: '10.213.77.0/24', taken: '10.0.0.0/8 on tun0' } }).detail).to.contain(
      'tun0',
    );
    expect(finding('addresses', { subnet: { problem: 'no subnet' } }).state).to.equal('fail');
  });

  it('only warns of what works, slower', () => {
    expect(finding('virtualisation', { virtualisation: { usable: false, reason: 'no vmx' } }).state).to.equal('warn');
    expect(finding('image', { status: { ...healthy.status, images: [] } }).state).to.equal('warn');
    expect(finding('memory', { memoryMiB: 1000 }).state).to.equal('warn');
  });

  it('wants every disk locked, and certificates that are valid', () => {
    expect(finding('lock manager', { lockManagerLacks: ['/usr/sbin/virtlockd'] })).to.include({ state: 'fail' });
    const host = (name: string, lockManager: boolean) => ({ name, lockManager, processes: [1], domains: [] });
    const status = (second: boolean) => {
      return { ...healthy.status, state: 'kept' as const, hosts: [host('host1', true), host('host2', second)] };
    };
    expect(finding('lock manager', { status: status(true) }).state).to.equal('ok');
    expect(finding('lock manager', { status: status(false) }).detail).to.contain('does not run on host2');
    const until = (certificateUntil: string) =>
      finding('certificates', { status: { ...status(true), certificateUntil } }).state;
    expect(['2027-11-21', '2026-11-30', '2026-11-20'].map(until)).to.deep.equal(['ok', 'warn', 'warn']);
    expect(finding('certificates', { status: status(true) }).state).to.equal('fail');
  });

  it('wants room for a build only where one is due', () => {
    expect(finding('disk', {}).state).to.equal('ok');
    expect(finding('disk', { status: { ...healthy.status, images: [] } }).state).to.equal('fail');
  });

  it('tells a lab that runs from one that was left', () => {
    const owner = {
      pid: 42,
      startTime: '1',
      boot: 'b',
      command: 'attitune run',
      since: 'noon',
      token: 't',
      mode: 'run',
    } as const;
    expect(finding('leftovers', { status: { ...healthy.status, state: 'up', owner } }).detail).to.contain('42');
    expect(finding('leftovers', { status: { ...healthy.status, state: 'kept', owner } }).advice).to.contain(
      'attitune lab down',
    );
    const left = finding('leftovers', { status: { ...healthy.status, state: 'left', namespaces: ['attitune-host1'] } });
    expect(left).to.include({ state: 'warn', advice: 'Clean up: attitune lab down' });
    expect(left.detail).to.contain('attitune-host1');
    expect(finding('leftovers', { serviceGuardLeft: true }).detail).to.contain('policy-rc.d');
  });
});

describe('Files of a lab host', () => {
  const plan = planLab(['host1', 'host2'], parseSubnet('10.213.77.0/24'), '/run/attitune/pki');
  const host = plan.hosts[0] as LabHostPlan;

  it('let libvirt listen on the host alone, as a host of its own', () => {
    const lines = libvirtdConfiguration(host, labPaths({})).split('\n');
    expect(lines).to.include.members([
      `host_uuid = "${host.uuid}"`,
      'listen_tls = 1',
      'listen_tcp = 0',
      'key_file = "/run/attitune/pki/serverkey.pem"',
      'listen_addr = "10.213.77.11"',
    ]);
    expect(qemuConfiguration(host).split('\n')).to.include.members([
      'cgroup_controllers = []',
      'migration_host = "10.213.77.11"',
      'dynamic_ownership = 0',
      'lock_manager = "lockd"',
    ]);
    expect(lockdConfiguration(labPaths({}))).to.include('file_lockspace_dir = "/var/lib/attitune/lab/locks"');
  });

  it('know every host by name, and ask no name server', () => {
    expect(hostsFile(plan).split('\n')).to.include.members([
      '10.213.77.11 host1',
      '10.213.77.12 host2',
      '10.213.77.1 manager',
    ]);
    expect(nameServiceSwitch('passwd: files\nhosts: files dns\nservices: db files\n')).to.equal(
      'passwd: files\nservices: db files\nhosts: files\n',
    );
  });

  it('have the accounts that libvirt looks for, where the machine has not', () => {
    const passwd = 'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n';
    expect(accountFile('passwd', passwd)).to.match(/^root:[^]*\nwww-data:[^]*\nlibvirt-qemu:x:64055:64055:[^\n]*\n$/);
    const group = 'root:x:0:\nkvm:x:107:\nlibvirt-qemu:x:110:\n';
    expect(accountFile('group', group)).to.equal(group);
  });
});
