import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { asset } from '../../core/assets/package-root.js';
import { checkFile } from '../../core/app/commands/validate.js';

/** One file for each mistake, with the place and code of every error that must be told. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  'bindings.deployment.xml': ['3:5 unknown-attribute', '3:5 xml-element', '10:5 unknown-operation'],
  'bindings.scxml': [],
  'cardinality-both-ways.deployment.xml': [
    '6:72 cardinality',
    '7:92 cardinality',
    '8:90 cardinality',
    '9:47 cardinality',
  ],
  'constraint-hosts.deployment.xml': [
    '11:21 constraint',
    '13:45 constraint',
    '14:21 constraint',
    '17:21 constraint',
    '18:21 constraint',
    '20:21 constraint',
  ],
  'constraint-kinds.deployment.xml': [
    '8:33 unknown-class',
    '9:45 value',
    '10:45 unknown-host',
    '11:46 xml-attribute',
    '12:3 xml-attribute',
    '13:34 unknown-host',
    '14:46 value',
    '14:61 value',
    '15:33 unknown-host',
    '16:3 xml-attribute',
    '16:46 xml-attribute',
  ],
  'modes.deployment.xml': [
    '4:35 value',
    '5:84 value',
    '9:35 value',
    '11:51 value',
    '12:62 value',
    '13:84 value',
    '14:65 value',
  ],
  'power.deployment.xml': [
    '5:52 xml-attribute',
    '6:70 value',
    '7:52 xml-attribute',
    '7:83 xml-attribute',
    '8:56 xml-attribute',
    '9:52 value',
    '9:66 value',
    '13:102 value',
    '13:122 unknown-measure',
    '15:20 value',
    '16:24 unknown-host',
    '17:24 value',
    '19:3 xml-element',
  ],
  'constraint-names.deployment.xml': ['11:42 unknown-host', '12:3 xml-attribute', '13:45 xml-attribute'],
  'include-loop.deployment.xml': [
    '4:62 xml-attribute',
    '3:17 value',
    '4:17 file-not-found',
    '6:21 duplicate-name',
    '1:1 xml-element',
  ],
  'include.deployment.xml': [
    '4:17 file-not-found',
    '6:21 duplicate-name',
    '4:62 xml-attribute',
    '5:17 value',
    '1:1 xml-element',
  ],
  'inside-software.deployment.xml': ['5:3 value'],
  'inside-itself.deployment.xml': ['4:3 value', '5:3 value', '6:3 value'],
  'inventories.deployment.xml': [
    '5:58 file-not-found',
    '6:3 xml-element',
    '3:3 xml-attribute',
    '4:15 duplicate-name',
    '5:15 value',
    '3:14 duplicate-name',
    '4:1 value',
    '5:31 value',
    '6:1 duplicate-name',
  ],
  'inventory.hosts.xml': ['3:3 xml-attribute', '5:15 value'],
  'inventory.nodes': ['1:1 value'],
  'library.deployment.xml': [
    '5:17 file-not-found',
    '6:17 unknown-variable',
    '7:17 unknown-class',
    '8:17 unknown-operation',
    '12:17 unknown-variable',
    '13:17 value',
    '14:17 value',
    '14:17 value',
  ],
  'migration.deployment.xml': [
    '3:23 value',
    '3:33 value',
    '3:50 value',
    '3:64 value',
    '3:82 value',
    '3:98 value',
    '3:118 value',
    '3:125 xml-attribute',
    '4:3 duplicate-name',
  ],
  'no-hypervisor.deployment.xml': ['4:17 value', '6:3 hypervisor'],
  'own-metrics.deployment.xml': [
    '5:3 xml-attribute',
    ...[6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19].map((line) => `${line}:3 value`),
    '20:3 xml-attribute',
    '20:3 xml-attribute',
    '21:3 value',
    '23:5 value',
  ],
  'pin-and-ban.deployment.xml': ['12:42 constraint', '14:42 constraint'],
  'spread-and-gather.deployment.xml': ['11:21 constraint', '12:21 constraint', '14:21 constraint'],
  'two-pins.deployment.xml': ['12:42 constraint', '13:42 constraint'],
  'used-twice.deployment.xml': [
    '5:22 duplicate-name',
    '6:105 duplicate-name',
    '7:17 duplicate-name',
    '8:17 value',
    '10:125 duplicate-name',
    '11:21 duplicate-name',
    '13:3 duplicate-name',
    '15:16 duplicate-name',
    '16:98 duplicate-name',
    '17:46 unknown-class',
  ],
  'variable-set.deployment.xml': ['3:19 unknown-variable'],
  'variable-set.scenario.xml': ['3:14 unknown-variable', '4:14 value'],
  'variables.deployment.xml': [
    '3:52 value',
    '4:19 unknown-variable',
    '5:19 duplicate-name',
    '6:72 unknown-variable',
    '7:71 unknown-variable',
    '8:123 unknown-variable',
  ],
  'cardinality.deployment.xml': ['6:92 cardinality'],
  'expectations.scenario.xml': [
    '2:17 unknown-class',
    '3:29 value',
    '3:47 value',
    '5:17 unknown-measure',
    '6:3 xml-attribute',
    '6:17 value',
  ],
  'dead-end.scxml': ['7:3 dead-end', '9:5 dead-end'],
  'outside-events.deployment.xml': ['5:35 unknown-class', '6:16 value'],
  'diagram-uses.deployment.xml': [
    '7:5 unknown-event',
    '9:17 unknown-variable',
    '12:17 unknown-variable',
    '12:17 unknown-event',
    '3:5 unknown-class',
    '5:5 unknown-event',
    '7:3 dead-end',
    '8:5 unknown-class',
    '3:5 unknown-event',
    '7:5 unknown-operation',
  ],
  'endless-loop.scxml': ['7:19 endless-loop', '10:5 endless-loop'],
  'events.scxml': [
    '4:7 unknown-event',
    '5:7 unknown-event',
    '9:5 unknown-event',
    '14:5 unknown-event',
    '15:5 unknown-event',
  ],
  'names.scxml': [
    '7:38 expression',
    '8:25 expression',
    '10:52 expression',
    '12:7 unknown-id',
    '14:7 unknown-id',
    '17:41 unknown-state',
    '21:5 duplicate-name',
  ],
  'null-datamodel.scxml': [
    '3:5 xml-element',
    '3:15 expression',
    '3:24 expression',
    '7:7 xml-element',
    '7:25 expression',
    '7:34 expression',
    '8:18 expression',
    '10:23 expression',
  ],
  'other-files.scxml': [
    '2:23 value',
    '3:32 unknown-state',
    '6:28 file-not-found',
    '7:27 value',
    '9:16 file-not-found',
    '11:18 file-not-found',
    '12:19 value',
    '16:49 unknown-state',
  ],
  'policy.scxml': [],
  'procedure.scxml': [],
  'unreachable.scxml': ['6:3 unreachable', '9:3 unreachable'],
  // right as far as can be told without running it: see the test of the exploration
  'exploration.deployment.xml': [],
  'exploration.scxml': [],
  'instances.deployment.xml': [
    '4:81 value',
    '7:21 duplicate-name',
    '7:30 unknown-host',
    '8:21 duplicate-name',
    '8:32 unknown-host',
    '9:21 value',
    '11:63 xml-element',
  ],
  'no-peer.scxml': [],
  'peer.scxml': [],
  'peer-policies.deployment.xml': [
    '10:30 file-not-found',
    '11:30 unknown-variable',
    '1:1 unknown-state',
    '1:1 unknown-state',
    '3:5 unknown-operation',
    '5:5 unknown-event',
    '1:1 value',
  ],
  'peers.deployment.xml': [
    '11:3 xml-element',
    '11:17 value',
    '12:15 unknown-host',
    '13:15 duplicate-name',
    '14:15 hypervisor',
    '16:3 duplicate-name',
  ],
  'settle.scenario.xml': ['2:19 value', '3:17 value', '4:17 unknown-measure'],
  'malformed.deployment.xml': ['5:3 xml-malformed'],
  'unknown-class-and-values.deployment.xml': ['5:71 value', '6:69 unknown-class', '6:92 value'],
  'unknown-family.deployment.xml': ['4:53 unknown-class'],
  'event-pipes.wrapper.xml': ['3:22 value', '4:3 xml-element'],
  'unknown-key.wrapper.xml': ['2:29 unknown-operation', '5:3 xml-element'],
  'unknown-measure-and-detector.deployment.xml': ['5:3 unknown-measure', '6:5 unknown-detector', '7:5 value'],
  'unknown-operation.deployment.xml': ['6:17 file-not-found', '3:5 unknown-operation', '7:5 unknown-operation'],
  'unknown-operation.scxml': [],
  'unknown-state.scxml': ['3:36 unknown-state', '4:39 expression', '7:14 duplicate-name'],
  'unknown-wrapper-and-attribute.deployment.xml': ['4:3 unknown-wrapper', '6:22 unknown-attribute'],
};

describe('validate', () => {
  it('has a fixture for each entry of this table, and an entry for each fixture', () => {
    expect(readdirSync(asset('test/fixtures/wrong')).sort()).to.deep.equal(Object.keys(WRONG).sort());
  });

  for (const [file, expected] of Object.entries(WRONG)) {
    it(`tells every error of ${file}`, () => {
      const errors = checkFile(asset(`test/fixtures/wrong/${file}`));
      expect(errors.map(({ place, code }) => `${place?.line}:${place?.column} ${code}`)).to.deep.equal(expected);
    });
  }

  for (const file of ['apache-tomcat.scenario.xml', 'web.deployment.xml', 'relieve.scxml']) {
    it(`finds nothing wrong with ${file} of the example`, () => {
      expect(checkFile(asset(`examples/apache-tomcat/${file}`)).map(({ message }) => message)).to.deep.equal([]);
    });
  }

  it('says what a file of another name could be, and when there is none', () => {
    expect(checkFile(asset('package.json'))[0]?.code).to.equal('value');
    expect(checkFile('nowhere.xml')[0]?.code).to.equal('file-not-found');
  });
});
