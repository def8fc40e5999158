import { Command } from 'commander';
import { expect } from 'chai';
import {
  addPeerOptions,
  checkPeerOptions,
  peerArgv,
  policyFile,
  uriOfPeer,
  type PeerAgentOptions,
} from '../../../core/app/agent/peer-options.js';
import { parseDurationMs } from '../../../core/model/quantity.js';

function parse(...argv: readonly string[]): PeerAgentOptions {
  const command = addPeerOptions(new Command('agent'), (text) => parseDurationMs(text)).exitOverride();
  command.configureOutput({ writeErr: () => undefined });
  return command.parse(argv, { from: 'user' }).opts<PeerAgentOptions>();
}

describe('the options of an agent whose machine is a peer', () => {
  it('are read, and told again as they are for a service', () => {
    const options = parse(
      ...['--peer', 'library:peer-balance', '--peer-param', 'load=3', '--peer-param', 'loadLow=0.5'],
      ...['--cell', 'east', '--choice', 'random', '--trading', '--adapting', '--peer-every', '30 s'],
      ...['--peer-uri', 'qemu+tls://{}.example.org/system'],
    );
    expect(options).to.deep.equal({
      ...{ peer: 'library:peer-balance', peerParam: { load: '3', loadLow: '0.5' }, cell: 'east', choice: 'random' },
      ...{ trading: true, adapting: true, peerEvery: 30_000, peerUri: 'qemu+tls://{}.example.org/system' },
    });
    expect(parse(...peerArgv(options))).to.deep.equal(options);
    expect(peerArgv(parse())).to.deep.equal([]);
    expect(peerArgv({ peer: 'own.scxml' })[1]).to.match(/^\/.*own\.scxml$/);
  });

  it('are refused where they make no sense', () => {
    expect(() => parse('--peer-param', 'load')).to.throw('It must be NAME=VALUE');
    expect(() => parse('--peer-uri', 'qemu+tls://other/system')).to.throw('It must have {}');
    expect(() => parse('--cell', 'a b')).to.throw('It must be a name');
    expect(() => parse('--choice', 'best')).to.throw('Allowed choices are simulated, random');
    expect(() => checkPeerOptions({ peerEvery: 1 })).to.throw('--peer-every is for peers');
    expect(() => checkPeerOptions({ peer: 'x', cell: 'y' })).to.not.throw();
  });

  it('name a policy that is there, and other peers by their names', () => {
    expect(policyFile('library:peer-leave')).to.match(/diagrams\/library\/peer-leave\.scxml$/);
    expect(() => policyFile('library:peer-none')).to.throw('There is no policy library:peer-none');
    expect(uriOfPeer('hp2', {})).to.equal('qemu+tls://hp2/system');
    expect(uriOfPeer('hp2', { peerUri: 'qemu+ssh://root@{}/system' })).to.equal('qemu+ssh://root@hp2/system');
  });
});
