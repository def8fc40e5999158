import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { asset } from '../../../core/assets/package-root.js';
import { CGROUP_CPU, CGROUP_MEMORY } from '../../../probes/sources/cgroup.js';
import { parseLoadavg, parseMeminfo } from '../../../probes/sources/proc.js';

const location = { version: 1, cpu: '/c/cpu', cpuacct: '/c/cpuacct', memory: '/c/memory' } as const;

function fixture(name: string): string {
  return readFileSync(asset(`test/fixtures/probes/${name}`), 'utf8');
}

/** Texts of the captured files with the names that a format asks for. */
function captured(folder: string, paths: readonly string[]): string[] {
  return paths.map((path) => fixture(`${folder}/${path.slice(path.lastIndexOf('/') + 1)}`));
}

describe('files of the kernel', () => {
  it('cgroup v1: CPU time and quota', () => {
    const { files, parse } = CGROUP_CPU[1];
    expect(files(location)).to.deep.equal([
      '/c/cpuacct/cpuacct.usage',
      '/c/cpu/cpu.cfs_quota_us',
      '/c/cpu/cpu.cfs_period_us',
    ]);
    const texts = captured('cgroup-v1', files(location));
    expect(parse(texts)).to.deep.equal({ busySeconds: 0.850595733, quotaCpus: 0.4 });
    texts[1] = fixture('cgroup-v1/cpu.cfs_quota_us.unlimited');
    expect(parse(texts).quotaCpus).to.equal(undefined);
  });

  it('cgroup v2: CPU time and quota', () => {
    const { files, parse } = CGROUP_CPU[2];
    expect(files(location)).to.deep.equal(['/c/cpu/cpu.stat', '/c/cpu/cpu.max']);
    const stat = fixture('cgroup-v2/cpu.stat');
    expect(parse([stat, '40000 100000\n'])).to.deep.equal({ busySeconds: 0.992736, quotaCpus: 0.4 });
    expect(parse([stat, 'max 100000\n']).quotaCpus).to.equal(undefined);
  });

  it('cgroup v1: memory without what can be reclaimed at once', () => {
    const { files, parse } = CGROUP_MEMORY[1];
    const texts = captured('cgroup-v1', files(location));
    expect(parse(texts)).to.deep.equal({ usedMiB: (1687552 - 225280) / 1048576, limitMiB: 256 });
    texts[1] = fixture('cgroup-v1/memory.limit_in_bytes.unlimited');
    expect(parse(texts).limitMiB).to.equal(undefined);
  });

  it('cgroup v2: memory', () => {
    const { parse } = CGROUP_MEMORY[2];
    const stat = 'anon 4096\nfile 1048576\ninactive_anon 0\ninactive_file 524288\n';
    expect(parse(['2097152\n', '134217728\n', stat])).to.deep.equal({ usedMiB: 1.5, limitMiB: 128 });
    expect(parse(['2097152\n', 'max\n', stat]).limitMiB).to.equal(undefined);
  });

  it('/proc/loadavg and /proc/meminfo', () => {
    expect(parseLoadavg('0.42 1.10 12.08 1/93 10052\n')).to.deep.equal([0.42, 1.1, 12.08]);
    expect(parseLoadavg(fixture('proc/loadavg'))).to.have.length(3);
    const { totalMiB, availableMiB } = parseMeminfo(fixture('proc/meminfo'));
    expect(totalMiB).to.equal(24684092 / 1024);
    expect(availableMiB).to.be.within(1, totalMiB);
  });

  it('what is not such a file is a fault of protocol, with what stood there', () => {
    for (const parse of [
      () => parseLoadavg(''),
      () => parseLoadavg('a b c'),
      () => parseMeminfo('MemTotal: 5 kB\n'),
      () => CGROUP_CPU[1].parse(['', '-1', '100000']),
      () => CGROUP_CPU[2].parse(['nr_periods 5\n', 'max 100000']),
      () => CGROUP_CPU[2].parse(['usage_usec 5\n', '']),
    ]) {
      expect(parse).to.throw().with.property('code', 'protocol');
    }
  });
});
