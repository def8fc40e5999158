import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { resizedMemoryMiB, resizedVcpus } from '../../../core/model/resize.js';

describe('a new size from a former one', () => {
  const memory: readonly (readonly [string, number, number])[] = [
    ['512 MiB', 384, 512],
    ['1 GiB', 384, 1024],
    ['+128 MiB', 384, 512],
    ['- 128 MiB', 384, 256],
    ['+50 %', 384, 576],
    ['-25%', 400, 300],
    ['+0 %', 384, 384],
  ];
  for (const [text, former, size] of memory) {
    it(`${text} of ${former} MiB is ${size} MiB`, () => {
      expect(resizedMemoryMiB(text, former)).to.equal(size);
    });
  }

  const vcpus: readonly (readonly [string, number, number])[] = [
    ['2', 1, 2],
    ['+1', 1, 2],
    ['-1', 3, 2],
    ['+50 %', 2, 3],
    ['+10 %', 1, 2],
    ['-10 %', 2, 1],
  ];
  for (const [text, former, size] of vcpus) {
    it(`${text} of ${former} CPUs is ${size}`, () => {
      expect(resizedVcpus(text, former)).to.equal(size);
    });
  }

  for (const text of [
    '',
    '+',
    'much',
    '0 MiB',
    '-384 MiB',
    '-500 MiB',
    '-100 %',
    '50 %',
    '128',
    '++1 MiB',
    '1e9 MiB',
  ]) {
    it(`"${text}" is none of memory`, () => {
      expect(() => resizedMemoryMiB(text, 384))
        .to.throw(AttituneError)
        .with.property('code', 'value');
    });
  }
  for (const text of ['0', '-1', '1.5', '+1.5', '2 MiB', 'two']) {
    it(`"${text}" is none of CPUs`, () => {
      expect(() => resizedVcpus(text, 1))
        .to.throw(AttituneError)
        .with.property('code', 'value');
    });
  }
});
