import { expect } from 'chai';
import fc from 'fast-check';
import { AttituneError } from '../../../core/model/errors.js';
import { endpointName } from '../../../wrappers/libvirt/transports/index.js';
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
  'qemu+tls://host1/system': ['qemu', 'host1:16514', 'qemu:///system'],
  'qemu://host1/system': ['qemu', 'host1:16514', 'qemu:///system'],
  'qemu+tls://[fd00::1]:4711/system?pkipath=/pki&no_verify=0': ['qemu', '[fd00::1]:4711', 'qemu:///system'],
  'qemu+ssh://root@host1/system': ['qemu', 'ssh://root@host1', 'qemu:///system'],
  'qemu+ssh://host_1:2222/session': ['qemu', 'ssh://host_1:2222', 'qemu:///session'],
  'xen:///system': ['xen', '/run/libvirt/libvirt-sock', 'xen:///system'],
  'xen+tls://host1/system': ['xen', 'host1:16514', 'xen:///system'],
  'qemu:///system?mode=direct': ['qemu', '/run/libvirt/virtqemud-sock', 'qemu:///system'],
  'qemu:///system?mode=legacy': ['qemu', '/run/libvirt/libvirt-sock', 'qemu:///system'],
  'test:///default': ['test', '/run/libvirt/libvirt-sock', 'test:///default'],
  'test+tcp://127.0.0.1:1/default': ['test', '127.0.0.1:1', 'test:///default'],
};

const BAD: Readonly<Record<string, string>> = {
  '': 'not a URI',
  host1: 'not a URI',
  '/run/libvirt/libvirt-sock': 'not a URI',
  'qemu+tcp://host1:99999/system': 'not a URI',
  'lxc:///system': 'driver "lxc" is unknown',
  'QEMU2:///system': 'is unknown',
  'qemu+libssh2://host1/system': 'transport "libssh2" is not supported',
  'qemu+constructor://host1/system': 'transport "constructor" is not supported',
  'qemu+tls://root@host1/system': 'names a user',
  'qemu+ssh://root:secret@host1/system': 'password',
  'qemu+ssh://-oProxyCommand=evil@host1/system': 'no name of a user',
  'qemu+ssh://a%20b@host1/system': 'no name of a user',
  'qemu+ssh://-oProxyCommand=evil/system': 'no name of a host',
  'qemu+tls://ho%00st/system': 'no name of a host',
  'qemu+unix://host1/system': 'reaches no other host',
  'qemu+tcp:///system': 'needs a host',
  'qemu+tcp://host1': 'path is missing',
  'qemu+tcp://host1/': 'path is missing',
  'qemu+tcp://host1:0/system': 'port 0',
  'qemu+tcp://host1/system?socket=/tmp/s': 'has no option "socket"',
  'qemu:///system?socket=relative': 'absolute path',
  'qemu:///system?socket=/a&socket=/b': 'given twice',
  'qemu:///system?socket=/%zz': 'not encoded well',
  'qemu:///system?socket=/a%00b': 'zero byte',
  'qemu:///system?no_verify=1': 'the transport unix has no option "no_verify"',
  'qemu+tls://host1/system?tls_priority=NORMAL': 'option "tls_priority" is unknown',
  'qemu+tls://host1/system?no_verify=yes': 'must be 0 or 1',
  'qemu+tls://host1/system?pkipath=pki': 'must be an absolute path',
  'qemu+tls://host1/system?toString=1': 'option "toString" is unknown',
  'qemu+ssh://host1/system?command=-x': 'must be the name or path of a program',
  'qemu+ssh://host1/system?known_hosts=/a%22b': 'quotation mark',
  'qemu+ssh://host1/system?proxy=native&socket=/a': 'finds its socket by itself',
  'qemu+ssh://host1/session?proxy=netcat': '?socket=',
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

  it('reads any text as a URI, or refuses it with the reason', () => {
    const word = fc.constantFrom(
      'qemu',
      'xen',
      'tls',
      'ssh',
      'unix',
      '+',
      '://',
      '/',
      'h',
      '[::1]',
      ':1',
      '@',
      '?',
      '=',
      '&',
      '%',
      '#',
      'socket',
      'mode',
      'pkipath',
      '-o',
      '__proto__',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.oneof(word, fc.string({ maxLength: 3 })), { maxLength: 14 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (uri) => {
        try {
          const { endpoint, name } = parseLibvirtUri(uri);
          expect(endpointName(endpoint)).to.be.a('string');
          expect(name).to.match(/^(qemu|xen|test):\/\/\/./);
        } catch (error) {
          if (!AttituneError.is(error, 'value')) throw error;
        }
      }),
    );
  });

  it('gives ssh no word that it could take for an option of its own', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (user, host) => {
        try {
          const { endpoint } = parseLibvirtUri(`qemu+ssh://${user}@${host}/system`);
          if (endpoint.kind !== 'ssh') throw new Error('another transport');
          expect(endpoint.host).to.not.match(/^-/);
          expect(endpoint.user ?? '').to.not.match(/^-/);
        } catch (error) {
          if (!AttituneError.is(error, 'value')) throw error;
        }
      }),
    );
  });
});
