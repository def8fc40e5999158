import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { endpointName } from '../../../wrappers/libvirt/session.js';
import { parseLibvirtUri } from '../../../wrappers/libvirt/uri.js';

const GOOD: Readonly<Record<string, readonly [driver: string, endpoint: string, name: string]>> = {
  'qemu:///system': ['qemu', '/run/libvirt/libvirt-sock', 'qemu:///system'],
  'qemu+unix:///system': ['qemu', '/run/libvirt/libvirt-sock', 'qemu:///system'],
  'qemu+unix:///system?socket=/tmp/a%20b+c/sock': ['qemu', '/tmp/a b+c/sock', 'qemu:///system'],
  'qemu:///session?socket=/run/user/1000/libvirt/libvirt-sock': [
    'qemu',
    '/run/user/1000/libvirt/libvirt-sock',
    'qemu:///session',
  ],
  'qemu+tcp://host1/system': ['qemu', 'host1:16509', 'qemu:///system'],
  'qemu+tcp://10.0.0.1:4711/system': ['qemu', '10.0.0.1:4711', 'qemu:///system'],
  'qemu+tcp://[fd00::1]:4711/system': ['qemu', '[fd00::1]:4711', 'qemu:///system'],
  'test:///default': ['test', '/run/libvirt/libvirt-sock', 'test:///default'],
  'test+tcp://127.0.0.1:1/default': ['test', '127.0.0.1:1', 'test:///default'],
};

const BAD: Readonly<Record<string, string>> = {
  '': 'not a URI',
  host1: 'not a URI',
  '/run/libvirt/libvirt-sock': 'not a URI',
  'qemu+tcp://host1:99999/system': 'not a URI',
  'xen:///system': 'driver "xen" is unknown',
  'QEMU2:///system': 'is unknown',
  'qemu://host1/system': 'qemu+tcp://host1/',
  'qemu+tls://host1/system': 'transport "tls" is not supported',
  'qemu+ssh://root@host1/system': 'names a user',
  'qemu+tcp:///system': 'needs a host',
  'qemu+tcp://host1': 'path is missing',
  'qemu+tcp://host1/': 'path is missing',
  'qemu+tcp://host1:0/system': 'port 0',
  'qemu+tcp://host1/system?socket=/tmp/s': 'has no socket',
  'qemu:///system?socket=relative': 'absolute path',
  'qemu:///system?socket=/a&socket=/b': 'given twice',
  'qemu:///system?socket=/%zz': 'not encoded well',
  'qemu:///system?socket=/a%00b': 'zero byte',
  'qemu:///system?no_verify=1': 'option "no_verify" is unknown',
  'qemu:///system#here': 'fragment',
  'qemu:///session': '?socket=',
};

describe('libvirt URIs', () => {
  for (const [text, [driver, endpoint, name]] of Object.entries(GOOD)) {
    it(`reads ${text}`, () => {
      const uri = parseLibvirtUri(text);
      expect([uri.driver, endpointName(uri.endpoint), uri.name]).to.deep.equal([driver, endpoint, name]);
    });
  }

  for (const [text, words] of Object.entries(BAD)) {
    it(`refuses "${text}"`, () => {
      expect(() => parseLibvirtUri(text))
        .to.throw(AttituneError)
        .that.satisfies((error: AttituneError) => error.code === 'value' && error.message.includes(words));
    });
  }
});
