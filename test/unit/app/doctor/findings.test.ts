import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hostFindings, type ConnectionFacts, type HostFacts } from '../../../../core/app/doctor/findings.js';
import { labPlaces, localPlaces } from '../../../../core/app/doctor/gather.js';
import { readLibvirtSettings, readSettings } from '../../../../core/app/doctor/libvirt-files.js';
import type { CertificateFacts } from '../../../../core/pki/index.js';
import { parseLibvirtUri } from '../../../../wrappers/libvirt/index.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const certificate = (name: string, until: string): CertificateFacts => ({
  name,
  issuer: 'CA',
  hosts: [name],
  usages: ['server', 'client'],
  validFrom: new Date('2026-01-01'),
  validTo: new Date(until),
  fingerprint: '',
});
const connection: ConnectionFacts = {
  hostUuid: 'a',
  version: 'QEMU 7.2.22 / libvirt 9.0.0',
  domainTypes: ['kvm', 'qemu'],
  pool: { name: 'attitune', place: '/srv/vms', freeMiB: 50_000 },
  network: { name: 'default', state: 'active' },
};
const healthy: HostFacts = {
  name: 'host1',
  uri: 'qemu+tls://host1/system',
  transport: 'tls',
  verified: true,
  connection,
  certificates: { server: certificate('host1', '2028-01-01'), client: certificate('me', '2028-01-01') },
  settings: { lockManager: 'lockd', lockManagerRuns: true, lockSpace: '/srv/locks', migrationPorts: [49152, 49215] },
};

function finding(check: string, facts: Partial<HostFacts>, ...others: readonly HostFacts[]) {
  return hostFindings([{ ...healthy, ...facts }, ...others], NOW).find(
    (each) => each.host === 'host1' && each.check === check,
  );
}
const withConnection = (facts: Partial<ConnectionFacts>) => ({ connection: { ...connection, ...facts } });

describe('The doctor of hosts', () => {
  it('finds nothing wrong with a healthy host, and advises nothing', () => {
    const found = hostFindings([healthy], NOW);
    expect(found.map(({ check, state }) => [check, state])).to.deep.equal(
      ['connection', 'certificates', 'virtualisation', 'storage pool', 'network', 'lock manager'].map((check) => [
        check,
        'ok',
      ]),
    );
    expect(found.every(({ advice }) => advice === undefined)).to.equal(true);
  });

  it('tells of a host that does not answer what it can', () => {
    const found = hostFindings([{ ...healthy, connection: { problem: 'host1: no answer within 10 s' } }], NOW);
    expect(found[0]).to.include({ check: 'connection', state: 'fail', detail: 'host1: no answer within 10 s' });
    expect(found.map(({ check }) => check)).to.not.include('storage pool');
  });

  it('warns before certificates expire, and says whose', () => {
    const expiring = { server: certificate('host1', '2026-12-01'), client: certificate('me', '2028-01-01') };
    const found = finding('certificates', { certificates: expiring });
    expect(found).to.include({ state: 'warn', advice: 'Issue a new one: attitune pki issue host1' });
    const expired = { server: certificate('host1', '2028-01-01'), client: certificate('me', '2026-11-20') };
    expect(finding('certificates', { certificates: expired })?.detail).to.contain('ours ("me") expired on 2026-11-20');
  });

  it('warns of ways in that are open', () => {
    expect(finding('encryption', { transport: 'tcp' })?.state).to.equal('warn');
    expect(finding('encryption', { verified: false })?.detail).to.contain('no_verify');
  });

  it('wants a lock manager, more so where there are several hosts', () => {
    const off = { lockManager: 'nop', lockManagerRuns: false, migrationPorts: [49152, 49215] } as const;
    const other = { ...healthy, name: 'host2', connection: { ...connection, hostUuid: 'b' } };
    expect(finding('lock manager', { settings: off })?.state).to.equal('warn');
    expect(finding('lock manager', { settings: off }, other)?.state).to.equal('fail');
    const dead = { ...off, lockManager: 'lockd' };
    expect(finding('lock manager', { settings: dead })?.detail).to.contain('virtlockd does not answer');
    const remote: Partial<HostFacts> = { ...healthy };
    delete (remote as { settings?: unknown }).settings;
    expect(hostFindings([remote as HostFacts], NOW).find(({ check }) => check === 'lock manager')?.state).to.equal(
      'unknown',
    );
    expect(finding('lock manager', { settings: { problem: 'EACCES' } })).to.include({ state: 'unknown' });
  });

  it('sees two hosts of one identity, between which libvirt migrates nothing', () => {
    const twin = { ...healthy, name: 'host2' };
    expect(finding('identity', {}, twin)?.detail).to.contain('host2');
    expect(finding('identity', {}, { ...twin, connection: { ...connection, hostUuid: 'b' } })).to.equal(undefined);
  });

  it('sees what virtual machines lack', () => {
    expect(finding('virtualisation', withConnection({ domainTypes: ['qemu'] }))?.state).to.equal('warn');
    expect(finding('virtualisation', withConnection({ domainTypes: [] }))?.state).to.equal('fail');
    expect(finding('storage pool', withConnection({ pool: { problem: 'none' } }))?.state).to.equal('fail');
    expect(finding('storage pool', withConnection({ pool: { name: 'p', place: '/p', freeMiB: 100 } }))?.state).to.equal(
      'warn',
    );
    const states = (['active', 'inactive', 'missing', 'untold'] as const).map(
      (state) => finding('network', withConnection({ network: { name: 'br0', state } }))?.state,
    );
    expect(states).to.deep.equal(['ok', 'fail', 'fail', 'unknown']);
  });
});

describe('Files of libvirt, read by the doctor', () => {
  it('say nothing in comments and lists', () => {
    const text =
      '# lock_manager = "sanlock"\n  lock_manager = "lockd" # here\nmigration_port_min=50000\nnamespaces = [ "a" ]\n';
    expect([...readSettings(text)]).to.deep.equal([
      ['lock_manager', 'lockd'],
      ['migration_port_min', '50000'],
    ]);
  });

  it('have libvirt’s own values where they say nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'attitune-doctor-'));
    try {
      const places = { configuration: folder, lockSocket: join(folder, 'sock') };
      expect(await readLibvirtSettings(places)).to.deep.equal({
        lockManager: 'nop',
        lockManagerRuns: false,
        migrationPorts: [49152, 49215],
      });
      await writeFile(join(folder, 'qemu.conf'), 'lock_manager = "lockd"\nmigration_port_max = 49160\n');
      await writeFile(join(folder, 'qemu-lockd.conf'), 'file_lockspace_dir = "/srv/locks"\n');
      expect(await readLibvirtSettings(places)).to.deep.include({
        lockManager: 'lockd',
        lockSpace: '/srv/locks',
        migrationPorts: [49152, 49160],
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('are read only where they are those of the host', () => {
    const of = (uri: string) => localPlaces('host1', parseLibvirtUri(uri).endpoint)?.configuration;
    expect(of('qemu:///system')).to.equal('/etc/libvirt');
    expect(of('qemu:///system?socket=/tmp/other')).to.equal(undefined);
    expect(of('qemu+tls://host1/system')).to.equal(undefined);
    const lab = labPlaces('/hosts')('host1', parseLibvirtUri('qemu+tls://10.0.0.1/system').endpoint);
    expect(lab?.configuration).to.equal('/hosts/host1/etc-libvirt');
  });
});
