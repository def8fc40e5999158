import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';
import type { ImageFacts } from '../../wrappers/vm/submit/index.js';
import { inspectImage } from '../../wrappers/vm/submit/index.js';
import { skipUnless } from '../support/skip.js';
import { reasons } from '../support/submissions.js';

describe('images as qemu-img makes them', function () {
  this.timeout(60_000);
  const executor = new LocalExecutor({ node: 'here' });
  let folder = '';
  const at = (name: string) => join(folder, name);
  const run = (program: string, ...args: readonly string[]) =>
    execFileSync(program, args, { cwd: folder, stdio: 'pipe' });
  const create = (name: string, ...args: readonly string[]) =>
    run('qemu-img', 'create', '-q', '-f', 'qcow2', ...args, name, '64M');
  const fill = (name: string) => run('qemu-io', '-f', 'qcow2', '-c', 'write -P 1 0 20M', name);
  const inspect = (name: string, declared?: ImageFacts['declared']) =>
    inspectImage(at(name), { executor, ...(declared && { declared }) });
  const told = async (name: string, declared?: ImageFacts['declared']) =>
    reasons({ image: await inspect(name, declared) }).map((line) => line.replaceAll(folder, ''));

  before(function () {
    skipUnless(this, { programs: { 'qemu-img': 'qemu-utils', prlimit: 'util-linux' } });
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'attitune-images-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are taken where nothing is wrong with them', async () => {
    create('empty.qcow2');
    create('full.qcow2');
    fill('full.qcow2');
    run('qemu-img', 'convert', '-c', '-O', 'qcow2', 'full.qcow2', 'packed.qcow2');
    run('qemu-img', 'convert', '-O', 'raw', 'full.qcow2', 'disk.img');
    create('old.qcow2', '-o', 'compat=0.10');
    create('preallocated.qcow2', '-o', 'preallocation=metadata,cluster_size=2M');
    for (const name of ['empty.qcow2', 'full.qcow2', 'packed.qcow2', 'old.qcow2', 'preallocated.qcow2', 'disk.img'])
      expect(await told(name), name).to.deep.equal([]);
    expect((await inspect('full.qcow2')).probe).to.deep.include({ format: 'qcow2', virtualBytes: 64 * 1024 ** 2 });
  });

  it('are refused where they are cut off', async () => {
    create('a.qcow2');
    fill('a.qcow2');
    truncateSync(at('a.qcow2'), 10 * 1024 ** 2);
    expect((await told('a.qcow2')).join()).to.match(/qemu-img found \d+ faults in it: it is corrupt, or cut off/);
    truncateSync(at('a.qcow2'), 100);
    expect(await told('a.qcow2')).to.have.length.above(0);
    truncateSync(at('a.qcow2'), 20);
    expect((await told('a.qcow2')).join()).to.match(/its header is cut off/);
  });

  it('are refused where they are encrypted', async () => {
    const options = 'encrypt.format=aes,encrypt.key-secret=s';
    run('qemu-img', 'create', '-q', '-f', 'qcow2', '--object', 'secret,id=s,data=abc', '-o', options, 'a.qcow2', '1M');
    expect((await told('a.qcow2')).join()).to.include('it is encrypted (aes)');
    // deriving keys for LUKS takes seconds, and needs a quiet machine
    const image = readFileSync(at('a.qcow2'));
    image.writeUInt32BE(2, 32);
    writeFileSync(at('a.qcow2'), image);
    expect((await told('a.qcow2')).join()).to.include('it is encrypted (luks)');
    writeFileSync(at('b.img'), Buffer.concat([Buffer.from('LUKS\xba\xbe\0\x01', 'latin1'), Buffer.alloc(4096)]));
    for (const declared of [undefined, 'raw'] as const)
      expect((await told('b.img', declared)).join()).to.include('it is encrypted (luks)');
  });

  it('are refused where they lead out of their folder, which is not followed', async () => {
    const specification = 'json:{"driver":"raw","file":{"driver":"file","filename":"/etc/passwd"}}';
    const links: Readonly<Record<string, RegExp>> = {
      '/etc/passwd': /\/etc\/passwd: it is not in the folder of the image/,
      '../../etc/passwd': /it is not in the folder/,
      'inner/base.img': /it is not in the folder/,
      'nowhere.img': /or not there/,
      'link.img': /it is not in the folder/,
      'nbd://127.0.0.1:1/x': /it is an address, not a file/,
      [specification]: /it is a specification \(json:\)/,
    };
    mkdirSync(at('inner'));
    truncateTo(at('inner/base.img'));
    symlinkSync('/etc/passwd', at('link.img'));
    for (const [link, expected] of Object.entries(links)) {
      create('a.qcow2', '-u', '-F', 'raw', '-b', link);
      const facts = await inspect('a.qcow2');
      expect(facts, link).to.not.have.any.keys('probe', 'backing');
      expect(reasons({ image: facts }).join(), link).to.match(expected);
    }
  });

  it('are followed where they lie on images beside them, or in a pool', async () => {
    create('base.qcow2');
    create('middle.qcow2', '-F', 'qcow2', '-b', 'base.qcow2');
    create('top.qcow2', '-F', 'qcow2', '-b', at('middle.qcow2'));
    expect(await told('top.qcow2')).to.deep.equal([]);
    mkdirSync(at('pool'));
    truncateTo(at('pool/base.img'));
    create('a.qcow2', '-F', 'raw', '-b', at('pool/base.img'));
    expect((await told('a.qcow2')).join()).to.match(/not in the folder/);
    const image = await inspectImage(at('a.qcow2'), { executor, folders: [at('pool')] });
    expect(reasons({ image })).to.deep.equal([]);
    expect(image.backing?.realPath).to.equal(at('pool/base.img'));
    run('qemu-img', 'rebase', '-u', '-F', 'qcow2', '-b', 'top.qcow2', 'base.qcow2');
    expect((await told('top.qcow2')).join()).to.match(/the images go round in a circle/);
    run('qemu-img', 'rebase', '-u', '-b', 'top.qcow2', '-F', 'vmdk', 'base.qcow2');
    expect((await told('base.qcow2')).join()).to.match(/so that QEMU would guess it/);
  });

  it('are refused where their data is in another file', async () => {
    writeFileSync(at('victim.img'), Buffer.alloc(1024 ** 2));
    run(
      'qemu-img',
      'create',
      '-q',
      '-f',
      'qcow2',
      '-o',
      `data_file=${at('victim.img')},data_file_raw=on`,
      'a.qcow2',
      '1M',
    );
    expect((await told('a.qcow2')).join()).to.match(/its data is in another file \(\/victim\.img\)/);
    expect(await inspect('a.qcow2')).to.not.have.property('probe');
  });

  it('are refused where they are something else, or a trap', async () => {
    writeFileSync(at('a.txt'), 'Not a disk\n'.repeat(500));
    writeFileSync(at('b.img'), '');
    create('c.qcow2');
    run('qemu-img', 'convert', '-O', 'vmdk', 'c.qcow2', 'd.vmdk');
    run('qemu-img', 'convert', '-O', 'vpc', 'c.qcow2', 'e.vhd');
    copyFileSync(at('c.qcow2'), at('f.img'));
    run('qemu-img', 'convert', '-O', 'vdi', 'c.qcow2', 'g.vdi');
    expect((await told('a.txt')).join()).to.match(/it is a text/);
    expect((await told('b.img')).join()).to.match(/it is empty/);
    expect((await told('d.vmdk')).join()).to.match(/its format is vmdk/);
    expect((await told('e.vhd')).join()).to.match(/its format is vpc/);
    expect((await told('g.vdi')).join()).to.match(/its format is vdi/);
    expect((await told('f.img', 'raw')).join()).to.match(/said to be raw but begins as qcow2/);
    expect((await told('.')).join()).to.match(/it is a folder/);
    expect(reasons({ image: await inspectImage('/dev/null', { executor }) }).join()).to.match(/it is a device/);
  });

  it('are refused where they are of absurd size', async () => {
    run('qemu-img', 'create', '-q', '-f', 'qcow2', 'a.qcow2', '60T');
    expect((await told('a.qcow2')).join()).to.match(/its disk of 61440\.0 GiB is larger than the 16384\.0 GiB/);
  });

  it('are refused where the file system on them is cut off', async function () {
    skipUnless(this, { programs: { mke2fs: 'e2fsprogs' } });
    truncateTo(at('a.img'), 8 * 1024 ** 2);
    run('/sbin/mke2fs', '-q', '-F', '-t', 'ext4', 'a.img');
    expect(await told('a.img')).to.deep.equal([]);
    truncateSync(at('a.img'), 5 * 1024 ** 2);
    expect((await told('a.img')).join()).to.match(/it is cut off: its partitions or file system end at byte 8388608/);
  });

  it('are refused where a machine that runs has them open', async () => {
    create('a.qcow2');
    const holder = ['sh', '-c', 'exec qemu-io -f qcow2 a.qcow2 <hold'] as const;
    run('mkfifo', 'hold');
    const { pid } = await executor.start({ argv: holder, cwd: folder, logFile: at('log') });
    const open = await executor.start({ argv: ['sh', '-c', 'exec sleep 60 >hold'], cwd: folder });
    try {
      let found = '';
      for (let attempt = 0; attempt < 100 && found === ''; attempt += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        found = (await told('a.qcow2')).join();
      }
      expect(found).to.match(/qemu-img cannot use it: .*lock/);
    } finally {
      await executor.signal(open.pid, 'SIGKILL');
      await executor.signal(pid, 'SIGKILL');
    }
  });
});

/** A file of zeros. */
function truncateTo(path: string, bytes = 1024 ** 2): void {
  writeFileSync(path, '');
  truncateSync(path, bytes);
}
