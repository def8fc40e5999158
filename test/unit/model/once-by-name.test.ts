import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { hostNamed } from '../../../core/model/host-named.js';
import { OnceByName } from '../../../core/model/once-by-name.js';

describe('work done once by name', () => {
  it('is shared by all who ask, and done again once it is forgotten', async () => {
    const once = new OnceByName<number>();
    let done = 0;
    const make = () => Promise.resolve(++done);
    expect(await Promise.all([once.get('a', make), once.get('a', make), once.get('b', make)])).to.deep.equal([1, 1, 2]);
    expect(await once.known('a')).to.equal(1);
    expect(await once.known('c')).to.equal(undefined);
    once.forget('a');
    expect(await once.get('a', make)).to.equal(3);
    await once.clear();
    expect(await once.known('b')).to.equal(undefined);
  });

  it('that failed is done again for who asks next', async () => {
    const once = new OnceByName<string>();
    const failed = await once.get('a', () => Promise.reject(new Error('no'))).catch((error: unknown) => String(error));
    expect(failed).to.equal('Error: no');
    expect(await once.known('a')).to.equal(undefined);
    expect(await once.get('a', () => Promise.resolve('yes'))).to.equal('yes');
  });
});

describe('a host by its name', () => {
  it('is told, or the names that there are', () => {
    const hosts = [{ name: 'host1' }, { name: 'host2' }];
    expect(hostNamed(hosts, 'host2')).to.equal(hosts[1]);
    expect(() => hostNamed(hosts, 'host3')).to.throw(
      AttituneError,
      'There is no host "host3" (there are host1, host2).',
    );
    expect(() => hostNamed([], 'x')).to.throw(AttituneError, 'none: they are not up');
  });
});
