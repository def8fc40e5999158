import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { formatError } from '../../../core/model/errors.js';
import { domainXml } from '../../../wrappers/libvirt/domain-xml.js';
import { readXenConfig } from '../../../wrappers/xen/index.js';

const read = (name: string) => readXenConfig(readFileSync(`test/fixtures/xen/${name}.cfg`, 'utf8'), `${name}.cfg`);
const small = 'name="a"\nmemory=64\nkernel="/k"\n';
const problems = (text: string) => readXenConfig(text, 'a.cfg').errors.map(formatError);

describe('a configuration file of Xen', () => {
  it('is read with the settings of small-1', () => {
    const { description, errors, notes } = read('small-1');
    expect(errors).to.deep.equal([]);
    expect(notes).to.deep.equal([]);
    const { document = '', ...rest } = description!;
    expect(rest).to.deep.equal({
      name: 'small-1',
      memoryMiB: 512,
      vcpus: 2,
      disks: [
        { path: '/dev/gnbd/small-1-disk', format: 'raw' },
        { path: '/dev/gnbd/small-1-swap', format: 'raw' },
      ],
      boot: { kernel: '/boot/vmlinuz-2.6-xen', initrd: '', commandLine: 'root=/dev/sda1 ro' },
      networks: [{ mac: '', bridge: 'xenbr0' }],
    });
    expect(document)
      .to.match(/^<domain type="xen">/)
      .and.include('<type>linux</type>');
    expect(document).to.include('<driver name="phy" type="raw"/>').and.include('<target dev="sda1" bus="xen"/>');
    expect(domainXml(description!, { type: 'xen' })).to.equal(document);
  });

  it('is read in every way that xl and xm write', () => {
    const { description, errors, notes } = read('full');
    expect(errors).to.deep.equal([]);
    const { document = '', ...rest } = description!;
    expect(rest).to.deep.equal({
      name: 'web_2',
      uuid: '06ed00fe-1162-4fc4-b5d8-11993ee4a8b9',
      memoryMiB: 512,
      maxMemoryMiB: 1024,
      vcpus: 1,
      maxVcpus: 4,
      disks: [
        { path: '/dev/vg/web', format: 'raw' },
        { path: '/images/data,1.qcow2', format: 'qcow2', readOnly: true },
        { path: '/images/swap.img', format: 'raw' },
        { path: '/images/old.qcow2', format: 'qcow2', readOnly: true },
        { path: '/images/tools.iso', format: 'raw', readOnly: true },
      ],
      boot: {
        kernel: '/boot/vmlinuz',
        initrd: '/boot/initrd',
        commandLine: 'root=/dev/xvda console=hvc0 quiet="a b" ',
      },
      networks: [
        { mac: '', bridge: 'xenbr0' },
        { mac: '00:16:3e:aa:bb:cc', bridge: 'br0' },
      ],
    });
    expect(document).to.include('<on_crash>preserve</on_crash>').and.include('<pae/>').and.include('<shareable/>');
    expect(document).to.include('device="cdrom"').and.include('<ip address="10.0.0.7"/>');
    expect(notes.map(({ place, message }) => `${place.line}: ${message}`)).to.deep.equal([
      '18: "vif script" is not understood and left out.',
      '18: "vif rate" is not understood and left out.',
      '22: "vfb" is not understood and left out.',
      '23: "cpus" is not understood and left out.',
      '24: "memory" is told again: this one counts.',
    ]);
  });

  it('tells all that is wrong, each with its place', () => {
    expect(read('wrong').description).to.equal(undefined);
    expect(read('wrong').errors.map(formatError)).to.deep.equal([
      'wrong.cfg:1:8: error value: "import" is not followed by "=". Write import = VALUE.',
      'wrong.cfg:2:8: error value: "small-1\'" is no value. Write a number, or a text in quotes.',
      'wrong.cfg:3:10: error value: "-5" is no value. Write a number, or a text in quotes.',
      'wrong.cfg:4:9: error value: "two" is no number of virtual CPUs: write a whole number above 0.',
      'wrong.cfg:5:10: error value: "boot/vmlinuz" is no absolute path of a file of the host.',
      'wrong.cfg:6:30: error value: a "," is missing between the values of the list.',
      'wrong.cfg:7:10: error value: the disk "/images/a.vmdk,vmdk,xvda,w" is in the format vmdk; only raw and qcow2 are taken. Write it such as "phy:/dev/vg/disk,xvda,w".',
      'wrong.cfg:7:40: error value: the disk "file:relative.img,xvda,w" has no absolute path. Write it such as "phy:/dev/vg/disk,xvda,w".',
      'wrong.cfg:7:68: error value: the disk "/images/a,raw,,w" names no device of the guest. Write it such as "phy:/dev/vg/disk,xvda,w".',
      'wrong.cfg:7:88: error value: the disk "/images/a,raw,xvda,x" has the access "x", which is none of r, w, ro, rw and w!. Write it such as "phy:/dev/vg/disk,xvda,w".',
      'wrong.cfg:8:9: error value: the card "bridge" has "bridge", which is no KEY=VALUE. Write it such as "mac=00:16:3e:00:00:01,bridge=xenbr0".',
      'wrong.cfg:8:19: error value: the card "mac=01:00:00:00:00:00" has "01:00:00:00:00:00", which is no address of a card. Write it such as "mac=00:16:3e:00:00:01,bridge=xenbr0".',
      'wrong.cfg:8:44: error value: the card "bridge=a/b" has "a/b", which is no name of a bridge. Write it such as "mac=00:16:3e:00:00:01,bridge=xenbr0".',
      'wrong.cfg:9:12: error value: "explode" is not known here: write destroy, restart, rename-restart, preserve, coredump-destroy, coredump-restart.',
      'wrong.cfg:10:8: error value: "1" is no UUID.',
      'wrong.cfg:11:13: error value: "b" follows the value of "extra". Begin a new line, or put the value into quotes.',
      'wrong.cfg:12:1: error value: "root" is one value, not a list. Write root = VALUE.',
      'wrong.cfg:13:8: error value: "z" is no order of booting: write letters such as "c", "d", "n".',
      'wrong.cfg:14:5: error value: "def" is not followed by "=". Write def = VALUE.',
      'wrong.cfg:15:7: error value: this list is not closed. End it with "]".',
    ]);
  });

  it('must say who it is, how large, and what is booted', () => {
    expect(problems('')).to.deep.equal([
      'a.cfg:1:1: error value: the file has no name. Add name = "…".',
      'a.cfg:1:1: error value: the file has no memory. Add memory = MIB.',
      'a.cfg:1:1: error value: nothing says what is booted. Add kernel = "…", bootloader = "pygrub", or type = "hvm".',
    ]);
    expect(problems(`${small}maxmem=32\nvcpus=2\nmaxvcpus=1`)).to.have.length(2);
    expect(problems(`${small}disk=['/a,,xvda','/b,,xvda']`)[0]).to.include('two disks are xvda');
  });

  it('boots by a boot loader, or by firmware', () => {
    const of = (text: string) => readXenConfig(`name="a"\nmemory=64\n${text}`, 'a.cfg').description?.document;
    expect(of('bootloader="pygrub"\ndisk=["/a,,xvda"]'))
      .to.include('<bootloader>/usr/bin/pygrub</bootloader>')
      .and.not.include('<boot ');
    const full = of('builder="hvm"\nboot="dc"\ndisk=["/a,,hda","/b.iso,,hdc:cdrom"]\nacpi=1\nlocaltime=1');
    expect(full)
      .to.match(/<type>hvm<\/type>\s*<boot dev="cdrom"\/>\s*<boot dev="hd"\/>/)
      .and.include('bus="ide"');
    expect(full).to.include('<acpi/>').and.include('offset="localtime"');
    expect(of('type="pvh"\nkernel="/k"')).to.include('<type>xenpvh</type>');
  });

  it('is read to its end, whatever it holds', () => {
    const pieces = [
      'name',
      'disk',
      'vif',
      '=',
      '[',
      ']',
      ',',
      "'",
      '"',
      '\n',
      ';',
      '#',
      '\\',
      '"""',
      ' ',
      '/a,,xvda',
      '7',
      'é',
      '\u2028',
    ];
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (config) => {
        const { description, errors } = readXenConfig(small + config, 'a.cfg');
        expect(Boolean(description)).to.equal(errors.length === 0);
        for (const { code, place } of errors) expect([code, place?.file]).to.deep.equal(['value', 'a.cfg']);
      }),
      { numRuns: 500 },
    );
  });
});
