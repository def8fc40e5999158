import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { parseOperation } from '../../../core/loop/operations/operation-path.js';

describe('operation paths', () => {
  for (const [src, operation] of [
    ['Tomcat++', { kind: 'grow', className: 'Tomcat' }],
    ['Tomcat--', { kind: 'shrink-class', className: 'Tomcat' }],
    ['this--', { kind: 'shrink', path: ['this'] }],
    ['this.workers--', { kind: 'shrink', path: ['this', 'workers'] }],
    ['plan:relieve', { kind: 'plan', goal: 'relieve' }],
    ['Tomcat.start', { kind: 'call', path: ['Tomcat'], operation: 'start' }],
    ['this.Apache.reload', { kind: 'call', path: ['this', 'Apache'], operation: 'reload' }],
  ] as const) {
    it(`reads ${src}`, () => expect(parseOperation(src)).to.deep.equal(operation));
  }

  for (const src of ['', 'start', 'this++', 'Tomcat.new++', 'Tomcat..start', '.start', 'Tomcat.']) {
    it(`refuses "${src}"`, () =>
      expect(() => parseOperation(src))
        .to.throw(AttituneError)
        .with.property('code', 'unknown-operation'));
  }
});
