import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkFile } from '../../../core/app/commands/validate.js';
import { asset } from '../../../core/assets/package-root.js';
import { PEER_DIAGRAM_OPERATIONS, PEER_DIAGRAM_SENDS } from '../../../core/peers/diagram-operations.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';

const PEER_DIAGRAMS = ['ask-for-help', 'offer-help', 'peer-levels', 'trade'];

describe('diagrams of peers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'attitune-peers-'));
  after(() => rmSync(folder, { recursive: true }));

  /** What is told of a library diagram in which some text is another one. */
  function faults(name: string, from: string, to: string): readonly string[] {
    const text = readFileSync(asset(`diagrams/library/${name}.scxml`), 'utf8');
    expect(text).to.contain(from);
    const file = join(folder, `${name}.scxml`);
    writeFileSync(file, text.replace(from, to));
    return checkFile(file).map(({ code, message }) => `${code}: ${message}`);
  }

  it('use every operation and every message of a peer, and nothing else', () => {
    const engine = new ScxmlEngine();
    const read = PEER_DIAGRAMS.map((name) => engine.read(asset(`diagrams/library/${name}.scxml`)).diagram!);
    const called = new Set(read.flatMap(({ calls }) => calls.map(({ src }) => src)));
    expect([...called].sort()).to.deep.equal(Object.keys(PEER_DIAGRAM_OPERATIONS).sort());
    const sent = new Set(read.flatMap(({ raises }) => raises));
    expect([...sent].sort()).to.deep.equal(Object.keys(PEER_DIAGRAM_SENDS).sort());
  });

  it('are refused where they call, give or send what no peer knows', () => {
    expect(faults('ask-for-help', 'src="peer.accept"', 'src="peer.acept"')).to.deep.equal([
      'unknown-operation: a peer has no operation "peer.acept". Did you mean "peer.accept"?',
    ]);
    expect(faults('offer-help', '<param name="held" expr="held"/>', '<param name="hold" expr="held"/>')).to.deep.equal([
      'unknown-attribute: peer.offer takes no parameter "hold". Did you mean "held"?',
      'xml-element: peer.offer lacks <param name="held" expr="…"/>.',
    ]);
    expect(faults('offer-help', 'event="reservation.free"', 'event="reservation.fre"')).to.deep.equal([
      'unknown-event: a peer cannot send "reservation.fre", which offer-help does. Did you mean "reservation.free"?',
    ]);
  });
});
