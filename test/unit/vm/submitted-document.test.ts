import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Risk } from '../../../wrappers/vm/submit/index.js';
import { checkSubmission, RISKS } from '../../../wrappers/vm/submit/index.js';
import { DISK, document, reasons, submission } from '../../support/submissions.js';

const card = (inner: string, type = 'network') => `<interface type="${type}">${inner}</interface>`;
const port = (type: string, inner = '') => `<serial type="${type}">${inner}<target port="0"/></serial>`;

/** Devices, and what is wrong with them. */
const DEVICES: readonly (readonly [string, Risk])[] = [
  ['<hostdev mode="subsystem" type="pci"><source><address domain="0"/></source></hostdev>', 'hostdev'],
  [card('<source><address type="pci" domain="0"/></source>', 'hostdev'), 'hostdev'],
  ['<disk type="nvme" device="disk"><source type="pci"/><target dev="vdb"/></disk>', 'hostdev'],
  ['<tpm model="tpm-tis"><backend type="passthrough"><device path="/dev/tpm0"/></backend></tpm>', 'hostdev'],
  ['<smartcard mode="host"/>', 'hostdev'],
  ['<video><model type="virtio"><acceleration rendernode="/dev/dri/renderD128"/></model></video>', 'hostdev'],
  ['<filesystem type="mount"><source dir="/etc"/><target dir="etc"/></filesystem>', 'filesystem'],
  ['<disk type="dir" device="floppy"><source dir="/etc"/><target dev="fda"/></disk>', 'filesystem'],
  ['<disk type="block"><source dev="/dev/sda"/><target dev="vdb"/></disk>', 'block'],
  ['<disk type="file" device="lun"><source file="/pool/a"/><target dev="vdb"/></disk>', 'block'],
  ['<disk type="file" rawio="yes"><source file="/pool/a"/><target dev="vdb"/></disk>', 'block'],
  ['<disk type="file"><source file="/etc/shadow"/><target dev="vdb"/></disk>', 'foreign-disk'],
  ['<disk type="file"><source file="/pool/../etc/shadow"/><target dev="vdb"/></disk>', 'foreign-disk'],
  ['<disk type="file"><source file="/pool/there.qcow2"/><target dev="vdb"/></disk>', 'foreign-disk'],
  ['<disk type="file"><source file="/pool/web-2-swap.img"/><target dev="vdb"/></disk>', 'foreign-disk'],
  ['<disk type="file"><source file="/pool/.."/><target dev="vdb"/></disk>', 'foreign-disk'],
  ['<disk type="file" device="cdrom"><source file="/home/user/a.iso"/><target dev="sda"/></disk>', 'foreign-disk'],
  ['<disk type="volume"><source pool="default" volume="a"/><target dev="vdb"/></disk>', 'foreign-disk'],
  [
    '<disk type="file"><source file="/pool/a"/><backingStore type="file"><format type="raw"/><source file="/etc/shadow"/></backingStore></disk>',
    'foreign-disk',
  ],
  ['<disk type="network"><source protocol="nbd"><host name="h"/></source><target dev="vdb"/></disk>', 'network-disk'],
  ['<disk type="vhostuser"><source type="unix" path="/s"/><target dev="vdb"/></disk>', 'vhost-user'],
  [card('<source type="unix" path="/s" mode="client"/>', 'vhostuser'), 'vhost-user'],
  ['<video><driver name="vhostuser"/><model type="virtio"/></video>', 'vhost-user'],
  ['<shmem name="s"><model type="ivshmem-plain"/></shmem>', 'shared-memory'],
  [port('file', '<source path="/etc/cron.d/x"/>'), 'character'],
  [port('dev', '<source path="/dev/ttyS0"/>'), 'character'],
  [port('pipe', '<source path="/tmp/p"/>'), 'character'],
  [port('tcp', '<source mode="connect" host="h" service="1"/>'), 'character'],
  [port('unix', '<source mode="connect" path="/run/docker.sock"/>'), 'character'],
  [port('pty', '<log file="/etc/cron.d/x"/>'), 'character'],
  ['<console type="stdio"/>', 'character'],
  ['<parallel type="dev"><source path="/dev/lp0"/></parallel>', 'character'],
  [
    '<channel type="unix"><source mode="connect" path="/run/x"/><target type="virtio" name="a"/></channel>',
    'character',
  ],
  ['<channel type="dbus"><source channel="a"/></channel>', 'character'],
  ['<redirdev bus="usb" type="tcp"><source mode="connect" host="h" service="1"/></redirdev>', 'character'],
  ['<rng model="virtio"><backend model="random" type="random">/dev/sda</backend></rng>', 'character'],
  ['<rng model="virtio"><backend model="random">/dev/sda</backend></rng>', 'character'],
  ['<rng model="virtio"><backend model="egd" type="tcp"><source mode="connect"/></backend></rng>', 'character'],
  ['<emulator>/home/user/run-me</emulator>', 'program'],
  ['<emulator>/usr/bin/../../home/user/qemu-system-x86_64</emulator>', 'program'],
  [card('<source network="default"/><script path="/home/user/run-me"/>'), 'program'],
  [card('<source network="default"/><backend tap="/dev/x"/>'), 'host-file'],
  ['<watchdog model="i6300esb" action="dump"/>', 'host-file'],
  ['<tpm model="tpm-tis"><backend type="emulator"><source type="file" path="/etc/x"/></backend></tpm>', 'host-file'],
  ['<memory model="nvdimm"><source><path>/etc/shadow</path></source></memory>', 'unknown'],
  [card('<source dev="eth0" mode="bridge"/>', 'direct'), 'host-network'],
  [card('', 'user'), 'host-network'],
  [card('<source bridge="br0"/><vlan><tag id="7"/></vlan>', 'bridge'), 'host-network'],
  [card('<source bridge="br0"/><virtualport type="openvswitch"/>', 'bridge'), 'host-network'],
  ['<vsock><cid auto="yes"/></vsock>', 'host-network'],
  ['<graphics type="vnc" listen="0.0.0.0"/>', 'display'],
  ['<sound model="ich9"/>', 'display'],
  ['<audio id="1" type="file" path="/tmp/a"/>', 'display'],
  ['<input type="evdev"><source dev="/dev/input/event0"/></input>', 'display'],
  ['<serial type="pty"><seclabel model="dac" relabel="no"/></serial>', 'confinement'],
  ['<contraption/>', 'unknown'],
  ['<lease><key>k</key></lease>', 'unknown'],
  [`<disk type="file" cunning="yes"><source file="/pool/a"/></disk>`, 'unknown'],
  ['<x:panic xmlns:x="urn:x"/>', 'unknown'],
];

/** Elements beside the devices, and what is wrong with them. */
const OTHERS: readonly (readonly [string, Risk])[] = [
  [
    '<q:commandline xmlns:q="http://libvirt.org/schemas/domain/qemu/1.0"><q:arg value="x"/></q:commandline>',
    'command-line',
  ],
  ['<q:override xmlns:q="http://libvirt.org/schemas/domain/qemu/1.0"/>', 'command-line'],
  ['<commandline xmlns="http://libvirt.org/schemas/domain/xen/1.0"/>', 'command-line'],
  ['<bootloader>/home/user/run-me</bootloader>', 'program'],
  ['<os><kernel>/etc/shadow</kernel></os>', 'host-file'],
  ['<os><initrd>/etc/shadow</initrd></os>', 'host-file'],
  ['<os><loader type="rom">/etc/shadow</loader></os>', 'host-file'],
  ['<os><loader type="pflash">/usr/share/OVMF/../../../etc/shadow</loader></os>', 'host-file'],
  ['<os><nvram>/var/lib/libvirt/qemu/nvram/other.fd</nvram></os>', 'host-file'],
  ['<os><acpi><table type="slic">/etc/shadow</table></acpi></os>', 'unknown'],
  ['<sysinfo type="fwcfg"><entry name="opt/x" file="/etc/shadow"/></sysinfo>', 'host-file'],
  ['<on_crash>coredump-destroy</on_crash>', 'host-file'],
  ['<seclabel type="none"/>', 'confinement'],
  ['<seclabel type="static" model="dac"><label>root:root</label></seclabel>', 'confinement'],
  ['<launchSecurity type="sev"/>', 'unknown'],
  ['<cputune><shares>9999</shares></cputune>', 'tuning'],
  ['<memoryBacking><hugepages/></memoryBacking>', 'tuning'],
  ['<memoryBacking><access mode="shared"/></memoryBacking>', 'shared-memory'],
  ['<resource><partition>/other</partition></resource>', 'tuning'],
  ['<idmap><uid start="0"/></idmap>', 'unknown'],
];

const CASES = [
  ...DEVICES.map(([xml, risk]) => ({ what: xml, xml: document(xml), risk })),
  ...OTHERS.map(([xml, risk]) => ({ what: xml, xml: document('', xml), risk })),
];

describe('the document of a submitted machine', () => {
  it('is taken where it asks for what every guest has', () => {
    const usual =
      '<emulator>/usr/bin/qemu-system-x86_64</emulator><controller type="usb" model="none"/>' +
      card('<mac address="52:54:00:00:00:02"/><source network="default"/><model type="virtio"/><boot order="2"/>') +
      card('<source bridge="br0"/><target dev="vnet1"/><address type="pci" bus="0x01"/>', 'bridge') +
      port('pty') +
      '<console type="pty"><target type="serial" port="0"/></console>' +
      '<channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel>' +
      '<disk type="file" device="cdrom"><target dev="sda" bus="sata"/><readonly/></disk>' +
      '<disk type="file" device="disk"><driver name="qemu" type="raw"/><source file="/pool/web-swap.img"/><target dev="vdb"/></disk>' +
      '<memballoon model="virtio"/><rng model="virtio"><backend model="random">/dev/urandom</backend></rng>' +
      '<video><model type="vga"/></video><watchdog model="itco" action="reset"/><tpm model="tpm-tis"><backend type="emulator" version="2.0"/></tpm>';
    const rest =
      '<metadata><a:b xmlns:a="urn:a" c="d"/></metadata><features><acpi/></features><cpu mode="host-model"><topology sockets="1"/></cpu>' +
      '<clock offset="utc"><timer name="rtc" tickpolicy="catchup"/></clock><on_crash>destroy</on_crash>' +
      '<seclabel type="dynamic" model="apparmor" relabel="yes"/><os><loader readonly="yes" type="pflash">/usr/share/OVMF/OVMF_CODE.fd</loader></os>';
    expect(reasons({ xml: document(usual, rest) })).to.deep.equal([]);
  });

  for (const { what, xml, risk } of CASES) {
    it(`is refused with ${what.slice(0, 70)}`, () => {
      const found = checkSubmission(submission({ xml }));
      expect(found.map(({ code, details }) => [code, details['risk']])).to.deep.include(['not-permitted', risk]);
      const allowed = new Set([...found.map(({ details }) => details['risk'] as Risk), risk]);
      expect(found.every(({ place, message }) => place !== undefined && message.includes('--allow'))).to.equal(true);
      expect(reasons({ xml, allow: allowed })).to.deep.equal([]);
      expect(
        reasons({ xml, allow: new Set((Object.keys(RISKS) as Risk[]).filter((one) => one !== risk)) }),
      ).to.have.length.above(0);
    });
  }

  it('does not hide one risk in an element that was allowed for another', () => {
    const xml = document(card('<source dev="eth0"/><script path="/home/user/run-me"/>', 'ethernet'));
    expect(reasons({ xml, allow: new Set<Risk>(['host-network']) })).to.have.length(1);
    expect(reasons({ xml, allow: new Set<Risk>(['host-network']) })[0]).to.match(
      /^web\.xml:1:\d+: error not-permitted: <script> is refused: .*--allow program/,
    );
  });

  const sizes: Readonly<Record<string, readonly [xml: string, expected: RegExp]>> = {
    'no memory': ['<memory>0</memory>', /error value: less than 1 MiB of <memory>/],
    'negative memory': ['<memory unit="MiB">-5</memory>', /error value: .*-5.* is no size/],
    'memory beyond the host': [
      '<memory unit="GiB">9</memory>',
      /no-capacity: 9216 MiB of <memory> are more than host1 has: 8192/,
    ],
    'absurd memory': ['<memory unit="EiB">99999999</memory>', /error value: .* is no size/],
    'no virtual CPU': ['<memory unit="MiB">5</memory><vcpu>0</vcpu>', /error value: "0" is no number of virtual CPUs/],
    'a negative number of virtual CPUs': [
      '<memory unit="MiB">5</memory><vcpu>-1</vcpu>',
      /error value: "-1" is no number/,
    ],
    'virtual CPUs beyond the host': [
      '<memory unit="MiB">5</memory><vcpu>5</vcpu>',
      /no-capacity: 5 virtual CPUs are more than the 4/,
    ],
    'more virtual CPUs on than there are': [
      '<memory unit="MiB">5</memory><vcpu current="3">2</vcpu>',
      /3 of 2 virtual CPUs/,
    ],
    'no size at all': ['', /error xml-element: the domain has no <memory>/],
  };
  for (const [what, [xml, expected]] of Object.entries(sizes)) {
    it(`is refused with ${what}`, () => {
      expect(reasons({ xml: document('', '', xml) })).to.have.length(1);
      expect(reasons({ xml: document('', '', xml) })[0]).to.match(expected);
    });
  }

  for (const name of [
    '../etc',
    'a/b',
    'a"b',
    "a'b",
    '<b>',
    '&',
    '..',
    '.',
    '',
    ' ',
    'a\u0000b',
    'a\nb',
    'ü',
    'x'.repeat(61),
    '-rf',
  ]) {
    it(`is refused under the name ${JSON.stringify(name).slice(0, 20)}`, () => {
      expect(reasons({ name })).to.have.length(1);
      expect(reasons({ name })[0]).to.match(/error value: .* cannot be the name of a virtual machine/);
    });
  }

  it('is refused where it clashes with a domain that is there', () => {
    const identity = '<uuid>0F1D2C3B4A5946878796A5B4C3D2E1F0</uuid>';
    const twice = card('<mac address="52:54:00:00:00:01"/><source network="default"/>');
    const xml = document(twice + twice.replace('01"', '02"') + twice.replace('01"', '02"'), identity);
    const found = reasons({ xml: xml.replace('>web<', '>there<') });
    expect(found.map((line) => line.replace(/^.*?error /, ''))).to.deep.equal([
      'domain-exists: host2 has a domain there already. Choose another name.',
      'domain-exists: another domain has the UUID 0f1d2c3b4a5946878796a5b4c3d2e1f0. Remove it, and a new one is made.',
      'duplicate-name: another domain has the MAC address 52:54:00:00:00:01. Remove it, and a new one is made.',
      'duplicate-name: two cards of the domain have the MAC address 52:54:00:00:00:02.',
    ]);
    expect(reasons({ xml, renewed: true })).to.deep.equal([]);
  });

  const wrong: Readonly<Record<string, readonly [xml: string, expected: RegExp]>> = {
    'a UUID that is none': [document('', '<uuid>1</uuid>'), /"1" is no UUID/],
    'the address of a group': [
      document(card('<mac address="01:00:5e:00:00:01"/><source network="default"/>')),
      /is no address of a network card/,
    ],
    'a network that is not there': [
      document(card('<source network="x"/>')),
      /host1 has no network "x"; it has: default, off/,
    ],
    'a network that is off': [document(card('<source network="off"/>')), /network off of host1 is not active/],
    'a card on no network': [document(card('<source/>')), /names no network/],
    'devices told twice': [
      document().replace('</domain>', '<devices><disk><source file="/etc/shadow"/></disk></devices></domain>'),
      /<devices> is there again/,
    ],
    'a disk with two sources': [
      document('<disk><source file="/pool/web.a"/><source file="/etc/shadow"/></disk>'),
      /<source> is there again/,
    ],
    'a card with two addresses': [
      document(card('<source network="default"/><mac address="52:54:00:00:00:08"/><mac address="52:54:00:00:00:01"/>')),
      /<mac> is there again/,
    ],
    'no disk': [document().replace(DISK, ''), /no <disk> that the image could be/],
    'another type of hypervisor': [
      document().replace('"kvm"', '"lxc"'),
      /type "lxc" cannot run on host1, which has: kvm, qemu/,
    ],
    'a document type': [`<!DOCTYPE d [<!ENTITY a "b">]>${document()}`, /document type declarations/],
    'what is not well-formed': ['<domain', /error xml-malformed/],
    'another document': ['<pool/>', /error xml-element: the document is a <pool>/],
  };
  for (const [what, [xml, expected]] of Object.entries(wrong)) {
    it(`is refused with ${what}`, () => {
      expect(reasons({ xml })).to.have.length(1);
      expect(reasons({ xml })[0]).to.match(expected);
    });
  }

  it('may be put on another network than its document says', () => {
    const xml = document(card('<source network="x"/>'));
    expect(reasons({ xml, network: { network: 'default' } })).to.deep.equal([]);
  });

  it('is told a hundred faults at most, and how many more there are', () => {
    const found = reasons({ xml: document('<contraption/>'.repeat(20_000)) });
    expect(found).to.have.length(101);
    expect(found.at(-1)).to.match(/^web\.xml:1:1: error xml-element: there are 19900 more faults/);
  });

  it('is told everything at once, in the order of the file, after the image', () => {
    const found = reasons({
      xml: readFileSync('test/fixtures/domain/desktop.xml', 'utf8'),
      file: 'desktop.xml',
      image: { path: '/x', kind: 'missing', bytes: 0, looksLike: 'empty' },
    });
    expect(found[0]).to.equal('error image: the image /x: there is no such file. Check the path.');
    const lines = found.slice(1).map((line) => Number(/^desktop\.xml:(\d+):/.exec(line)?.[1]));
    expect(lines)
      .to.deep.equal([...lines].sort((a, b) => a - b))
      .and.have.length.above(8);
  });
});
