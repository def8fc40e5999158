import { expect } from 'chai';
import { guardFor, securityHeaders } from '../../../core/console/request-guard.js';

describe('the guard of the console', () => {
  const guard = guardFor(['manager.example']);

  it('answers to addresses, localhost and its own names', () => {
    const hosts = [
      '127.0.0.1:8080',
      '[::1]:8080',
      '192.0.2.7',
      'localhost:1',
      'LOCALHOST',
      'manager.example:8080',
      'Manager.Example',
    ];
    for (const host of hosts) expect(guard.host({ host }), host).to.equal(host);
  });

  it('answers to no other name: that would be DNS rebinding', () => {
    const hosts = [
      undefined,
      '',
      'evil.example',
      'evil.example:8080',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      'a@127.0.0.1',
      '127.0.0.1/x',
      'x y',
      '[::1',
    ];
    for (const host of hosts) expect(guard.host(host === undefined ? {} : { host }), host).to.equal(undefined);
  });

  it('takes a WebSocket of its own page and of programs without an origin, of nobody else', () => {
    const host = '127.0.0.1:8080';
    expect(guard.origin({ host })).to.equal(true);
    expect(guard.origin({ host, origin: 'http://127.0.0.1:8080' })).to.equal(true);
    for (const origin of [
      'http://127.0.0.1:9090',
      'http://localhost:8080',
      'https://127.0.0.1:8080',
      'http://evil.example',
      'null',
      '',
    ]) {
      expect(guard.origin({ host, origin }), origin).to.equal(false);
    }
    expect(guard.origin({ host: 'evil.example', origin: 'http://evil.example' })).to.equal(false);
  });

  it('allows the page nothing inline and nothing from elsewhere', () => {
    const headers = securityHeaders('127.0.0.1:8080');
    const policy = headers['Content-Security-Policy'];
    expect(policy)
      .to.include("default-src 'none'")
      .and.include("script-src 'self'")
      .and.include("frame-ancestors 'none'");
    expect(policy).not.to.match(/unsafe|\*|https?:/);
    expect(headers['X-Content-Type-Options']).to.equal('nosniff');
  });
});
