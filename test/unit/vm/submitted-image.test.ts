import { expect } from 'chai';
import fc from 'fast-check';
import type { ImageFacts } from '../../../wrappers/vm/submit/index.js';
import { contentEnd, imageLook } from '../../../wrappers/vm/submit/image-look.js';
import { readQcow2Header } from '../../../wrappers/vm/submit/qcow2-header.js';
import { GIB, goodImage, MIB, reasons, submission } from '../../support/submissions.js';

const image = (part: Partial<ImageFacts>): ImageFacts => ({ ...goodImage, ...part });
const header = (part: Partial<NonNullable<ImageFacts['qcow2']>>) => image({ qcow2: { ...goodImage.qcow2!, ...part } });
const raw = (part: Partial<ImageFacts> = {}): ImageFacts => ({
  path: '/home/user/web.img',
  kind: 'file',
  bytes: 20 * MIB,
  looksLike: 'raw',
  probe: { format: 'raw', virtualBytes: 20 * MIB, corruptions: 0, leaks: 0 },
  ...part,
});

describe('the image of a submitted machine', () => {
  it('is taken where it is raw or qcow2, declared or not, and leads nowhere', () => {
    for (const one of [
      goodImage,
      image({ declared: 'qcow2' }),
      raw(),
      raw({ declared: 'raw' }),
      image({ backing: raw() }),
    ])
      expect(reasons({ image: one })).to.deep.equal([]);
  });

  const wrong: Readonly<Record<string, readonly [ImageFacts, RegExp]>> = {
    missing: [image({ kind: 'missing' }), /there is no such file/],
    'a folder': [image({ kind: 'folder' }), /it is a folder/],
    'a device': [image({ kind: 'other' }), /it is a device/],
    unreadable: [image({ kind: 'unreadable' }), /cannot be read/],
    empty: [raw({ bytes: 0, looksLike: 'empty' }), /it is empty/],
    'a text': [raw({ looksLike: 'text' }), /it is a text/],
    'a text that is declared': [raw({ looksLike: 'text', declared: 'raw' }), /it is a text/],
    packed: [raw({ looksLike: 'xz', declared: 'raw' }), /packed with xz\. Unpack it/],
    'in another format': [
      raw({ looksLike: 'vmdk' }),
      /format is vmdk: convert it with 'qemu-img convert -f vmdk -O qcow2'/,
    ],
    'encrypted as a whole': [raw({ looksLike: 'luks' }), /it is encrypted \(luks\)/],
    'a trap, qcow2 said to be raw': [
      raw({ looksLike: 'qcow2', declared: 'raw' }),
      /said to be raw but begins as qcow2.*reach files of its host/,
    ],
    'a trap, vmdk said to be raw': [raw({ looksLike: 'vmdk', declared: 'raw' }), /said to be raw but begins as vmdk/],
    'raw said to be qcow2': [raw({ declared: 'qcow2' }), /said to be qcow2 but does not begin as that/],
    'of no whole sectors': [raw({ bytes: 1000 }), /no whole sectors/],
    'raw and cut off': [raw({ contentBytes: 21 * MIB }), /it is cut off: its partitions or file system end/],
    'encrypted by LUKS': [header({ encryption: 'luks' }), /it is encrypted \(luks\)/],
    'encrypted by AES': [header({ encryption: 'aes' }), /it is encrypted \(aes\)/],
    'with data elsewhere': [header({ dataFile: '/etc/shadow' }), /its data is in another file \(\/etc\/shadow\)/],
    'with data in a file without a name': [header({ dataFile: '' }), /its data is in another file, which/],
    'marked as corrupt': [header({ corrupt: true }), /marked as corrupt/],
    'not closed': [header({ dirty: true }), /not closed properly/],
    'with a wrong header': [header({ faults: ['its clusters have 2^40 bytes'] }), /header is wrong: its clusters/],
    'on an image elsewhere': [
      header({ backingFile: '/etc/shadow', backingRefused: 'it is not in the folder' }),
      /lies on another image, \/etc\/shadow: it is not in the folder/,
    ],
    'on a text': [
      image({ backing: raw({ looksLike: 'text', declared: 'raw' }) }),
      /the image below it, .*: it is a text/,
    ],
    'unreadable for qemu-img': [
      image({ probe: { corruptions: 0, leaks: 0, failure: 'no lock' } }),
      /cannot use it: no lock/,
    ],
    'corrupt in qemu-img’s eyes': [image({ probe: { corruptions: 7, leaks: 0 } }), /found 7 faults/],
    'shorter than its last cluster': [
      image({ probe: { corruptions: 0, leaks: 0, endBytes: 30 * MIB } }),
      /cut off: 10485760 bytes/,
    ],
    'of no size': [header({ virtualBytes: 0 }), /its disk has no bytes/],
    'larger than the pool': [header({ virtualBytes: 200 * GIB }), /larger than the whole storage pool of host1/],
    'of absurd size': [header({ virtualBytes: 2 ** 60 }), /larger than the 16384\.0 GiB that a disk may have/],
    'larger than what is left': [
      image({ bytes: 60 * GIB }),
      /takes 60\.0 GiB, and the storage pool of host1 has 50\.0 GiB left/,
    ],
    'larger than what is left, with what it lies on': [image({ backing: raw({ bytes: 50 * GIB }) }), /takes 50\.0 GiB/],
  };
  for (const [what, [facts, expected]] of Object.entries(wrong)) {
    it(`is refused where it is ${what}`, () => {
      const found = reasons({ image: facts });
      expect(found).to.have.length(1);
      expect(found[0])
        .to.match(/^error image: the image \//)
        .and.match(expected);
    });
  }

  it('is told all its faults at once', () => {
    const both = header({ encryption: 'luks', dirty: true, backingFile: 'json:{}', backingRefused: 'json' });
    expect(reasons({ image: both })).to.have.length(3);
    expect(submission().image).to.equal(goodImage);
  });
});

describe('what the first bytes of an image say', () => {
  it('is seen of formats, of packed files and of texts', () => {
    const look = (bytes: string, tail = '') => imageLook(Buffer.from(bytes, 'latin1'), Buffer.from(tail, 'latin1'));
    expect(look('')).to.equal('empty');
    expect(look('QFI\xfb\0\0\0\x03rest')).to.equal('qcow2');
    expect(look('QFI\xfb\0\0\0\x01rest')).to.equal('qcow');
    expect(look('LUKS\xba\xbe')).to.equal('luks');
    expect(look('# Disk DescriptorFile\nversion=1\n')).to.equal('vmdk');
    expect(look('\0'.repeat(600), `conectix${'\0'.repeat(504)}`)).to.equal('vpc');
    expect(look('\x1f\x8b\x08')).to.equal('gzip');
    expect(look('#!/bin/sh\necho hello\n')).to.equal('text');
    expect(imageLook(Buffer.from('grün'.repeat(2000)), Buffer.alloc(0))).to.equal('text');
    expect(look('\xeb\x3c\x90mkfs.fat\0\0')).to.equal('raw');
    expect(look('\0'.repeat(1024))).to.equal('raw');
  });

  it('tells where partitions and file systems end', () => {
    const disk = Buffer.alloc(4096);
    expect(contentEnd(disk)).to.equal(undefined);
    disk.writeUInt32LE(100, 1024 + 4);
    disk.writeUInt16LE(0xef53, 1024 + 56);
    expect(contentEnd(disk)).to.equal(100 * 1024);
    disk.writeUInt16LE(0xaa55, 510);
    disk[446 + 4] = 0x83;
    disk.writeUInt32LE(2048, 446 + 8);
    disk.writeUInt32LE(1000, 446 + 12);
    expect(contentEnd(disk)).to.equal(3048 * 512);
    disk.write('EFI PART', 512, 'latin1');
    disk.writeBigUInt64LE(9999n, 512 + 32);
    expect(contentEnd(disk)).to.equal(10000 * 512);
  });
});

describe('the header of a qcow2 image', () => {
  it('is read without trust, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), fc.nat(400), (bytes, at) => {
        const head = Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), Buffer.from(bytes)]);
        const facts = readQcow2Header(head);
        expect(facts.version).to.equal(3);
        const changed = Buffer.from(qcow2());
        changed[8 + (at % (changed.length - 8))] = bytes[0] ?? 0;
        expect(readQcow2Header(changed).version).to.equal(3);
      }),
    );
  });

  it('tells what the image leads to', () => {
    expect(readQcow2Header(qcow2())).to.deep.equal({ ...goodImage.qcow2 });
    const leading = qcow2({ backing: '/base.img', format: 'raw', features: 7n, crypt: 2, dataFile: 'd.raw' });
    expect(readQcow2Header(leading)).to.deep.equal({
      ...goodImage.qcow2,
      backingFile: '/base.img',
      backingFormat: 'raw',
      encryption: 'luks',
      dataFile: 'd.raw',
      dirty: true,
      corrupt: true,
    });
  });

  it('has its faults told', () => {
    const faults = (part: Parameters<typeof qcow2>[0]) => readQcow2Header(qcow2(part)).faults.join('; ');
    expect(faults({ clusterBits: 40 })).to.match(/clusters have 2\^40/);
    expect(faults({ features: 1n << 40n })).to.match(/features that are not known/);
    expect(faults({ headerLength: 13 })).to.match(/header says that it has 13 bytes/);
    expect(faults({ backingOffset: 1n << 50n, backing: 'x' })).to.match(/name of its backing file/);
    expect(readQcow2Header(qcow2().subarray(0, 30)).faults).to.include('its header is cut off');
  });
});

interface Qcow2Parts {
  readonly backing?: string;
  readonly backingOffset?: bigint;
  readonly format?: string;
  readonly dataFile?: string;
  readonly features?: bigint;
  readonly crypt?: number;
  readonly clusterBits?: number;
  readonly headerLength?: number;
}

/** The first bytes of a qcow2 image of 1 GiB. */
function qcow2(parts: Qcow2Parts = {}): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write('QFI\xfb', 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(parts.clusterBits ?? 16, 20);
  bytes.writeBigUInt64BE(BigInt(GIB), 24);
  bytes.writeUInt32BE(parts.crypt ?? 0, 32);
  bytes.writeBigUInt64BE(parts.features ?? 0n, 72);
  bytes.writeUInt32BE(parts.headerLength ?? 104, 100);
  let at = 104;
  for (const [type, text] of [
    [0xe2792aca, parts.format],
    [0x44415441, parts.dataFile],
  ] as const) {
    if (text === undefined) continue;
    bytes.writeUInt32BE(type, at);
    bytes.writeUInt32BE(text.length, at + 4);
    bytes.write(text, at + 8);
    at += 8 + Math.ceil(text.length / 8) * 8;
  }
  if (parts.backing !== undefined) {
    bytes.write(parts.backing, at + 8);
    bytes.writeBigUInt64BE(parts.backingOffset ?? BigInt(at + 8), 8);
    bytes.writeUInt32BE(parts.backing.length, 16);
  }
  return bytes;
}
