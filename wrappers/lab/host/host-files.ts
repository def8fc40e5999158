import { join } from 'node:path';
import { CLIENT_FILES } from '../../../core/pki/index.js';
import type { LabPaths } from '../lab-paths.js';
import { LIBVIRT_PORT, type LabHostPlan, type LabPlan } from '../lab-plan.js';
import { SERVER_FILES } from './lab-certificates.js';

/** `libvirtd.conf`: listens on the host's own lab address only, and lets in who shows a certificate of this lab. */
export function libvirtdConfiguration(host: LabHostPlan, { pki }: Pick<LabPaths, 'pki'>): string {
  return settings({
    host_uuid: host.uuid,
    listen_tls: 1,
    listen_tcp: 0,
    listen_addr: host.address,
    tls_port: String(LIBVIRT_PORT),
    auth_tls: 'none',
    ca_file: join(pki, CLIENT_FILES.authority),
    cert_file: join(pki, SERVER_FILES.certificate),
    key_file: join(pki, SERVER_FILES.key),
    auth_unix_ro: 'none',
    auth_unix_rw: 'none',
    log_outputs: '3:file:/var/log/libvirt/libvirtd.log',
  });
}

/** `qemu.conf`: plain root processes in the host's own cgroup, whose disks and logs are left as they are. */
export function qemuConfiguration(host: LabHostPlan): string {
  return settings({
    security_driver: 'none',
    user: 'root',
    group: 'root',
    dynamic_ownership: 0,
    remember_owner: 0,
    namespaces: [],
    cgroup_controllers: [],
    stdio_handler: 'file',
    lock_manager: 'lockd',
    // between the daemons of a migration: a link of this machine that is silent for 8 s is cut
    keepalive_interval: 2,
    keepalive_count: 3,
    migration_host: host.address,
    migration_address: host.address,
  });
}

/** `qemu-lockd.conf`: every disk is locked, in one place for all hosts, so that none is used by two VMs at a time. */
export function lockdConfiguration({ locks }: Pick<LabPaths, 'locks'>): string {
  return settings({ auto_disk_leases: 1, require_lease_for_disks: 1, file_lockspace_dir: locks });
}

/** `virtlockd.conf` */
export function virtlockdConfiguration(): string {
  return settings({ log_outputs: '3:file:/var/log/libvirt/virtlockd.log' });
}

/** `/etc/hosts` of every lab host: a name that is not there would wait for a name server that does not answer. */
export function hostsFile(plan: LabPlan): string {
  const lines = plan.hosts.map((host) => `${host.address} ${host.name}`);
  return ['127.0.0.1 localhost', '::1 localhost', `${plan.managerAddress} manager`, ...lines, ''].join('\n');
}

/** The machine's `nsswitch.conf`, but with host names from `/etc/hosts` alone: a host of the lab reaches no name server. */
export function nameServiceSwitch(machines: string): string {
  const others = machines.split('\n').filter((line) => !/^\s*hosts\s*:/.test(line));
  return [...others.join('\n').trimEnd().split('\n'), 'hosts: files', ''].join('\n');
}

/** Accounts that libvirt looks up by name before it reads its configuration, as Debian and Ubuntu give them. */
const LIBVIRT_ACCOUNTS = {
  passwd: ['libvirt-qemu:x:64055:64055:Libvirt Qemu,,,:/var/lib/libvirt:/usr/sbin/nologin'],
  group: ['libvirt-qemu:x:64055:', 'kvm:x:64056:'],
} as const;

/**
 * The machine's `/etc/passwd` or `/etc/group`, with the accounts that it lacks: they come with `libvirt-daemon-system`,
 * which the lab does without since it starts a daemon and a network of the machine's own.
 */
export function accountFile(kind: 'passwd' | 'group', machines: string): string {
  const known = new Set(machines.split('\n').map((line) => line.slice(0, line.indexOf(':'))));
  const lacking = LIBVIRT_ACCOUNTS[kind].filter((line) => !known.has(line.slice(0, line.indexOf(':'))));
  return [machines.trimEnd(), ...lacking, ''].join('\n');
}

type Setting = string | number | readonly string[];

function settings(values: Readonly<Record<string, Setting>>): string {
  return Object.entries(values)
    .map(
      ([key, value]) =>
        `${key} = ${typeof value === 'number' ? value : Array.isArray(value) ? `[${value.map(quoted).join(', ')}]` : quoted(value as string)}\n`,
    )
    .join('');
}

function quoted(text: string): string {
  return `"${text}"`;
}
