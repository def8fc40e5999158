import { expect } from 'chai';
import { formatError } from '../../../core/model/errors.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { HEAD, readDiagram, scxml } from './harness.js';

function errorsOf(text: string): string[] {
  return new ScxmlEngine().readText(text, 'f.scxml').errors.map(formatError);
}

describe('statechart: reading', () => {
  it('tells all that is wrong at once, each with its place', () => {
    const errors = errorsOf(
      [
        `${HEAD} initial="strt">`,
        '<state id="start"><transition event="e" target="go"/>',
        '  <transition cond="a +" target="gone now"/><invok src="x"/></state>',
        '<state id="gone"/><state id="start"/>',
        '<state id="x"><onentry><script>',
        '  let a = 1;',
        '  a = = 2;',
        '</script><send event="e" delay="soon"/><at:get path="x"/></onentry>',
        '<invoke type="http" src="y"/></state>',
        '</scxml>',
      ].join('\n'),
    );
    expect(errors).to.deep.equal([
      `f.scxml:1:${HEAD.length + 11}: error unknown-state: there is no state "strt". Did you mean "start"?`,
      'f.scxml:2:49: error unknown-state: there is no state "go". There are: start, gone, x.',
      'f.scxml:3:24: error expression: "a +" cannot be parsed: unexpected token \')\'.',
      'f.scxml:3:39: error unknown-state: there is no state "now". There are: start, gone, x.',
      'f.scxml:3:45: error xml-element: there is no element <invok>. Did you mean "invoke"?',
      'f.scxml:4:30: error duplicate-name: two states have the id "start"; the first is at line 2. Rename one.',
      'f.scxml:7:7: error expression: "let a = 1; a = = 2;" cannot be parsed: unexpected token \'=\'.',
      'f.scxml:8:33: error value: delay="soon" is not a time such as "1s", "1.5s" or "200ms".',
      'f.scxml:8:40: error xml-element: there is no element <at:get>. Did you mean "set"?',
      'f.scxml:9:15: error value: type="http" is unknown. Write "attitune", which calls an operation, or "scxml", which runs another diagram.',
    ]);
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['malformed XML', '<scxml', /xml-malformed/],
    ['another root', '<state/>', /xml-element: the outermost element is <state>/],
    ['another namespace', '<scxml/>', /xml-element: .*xmlns="http:\/\/www\.w3\.org\/2005\/07\/scxml"/],
    ['no state', scxml(''), /xml-element: <scxml> has no state/],
    [
      'data from the network',
      scxml('<datamodel><data id="x" src="http://x/y.json"/></datamodel><state id="a"/>'),
      /value: "http:\/\/x\/y.json" is no file/,
    ],
    [
      'an initial outside',
      scxml('<state id="a" initial="b"><state id="c"/></state><state id="b"/>'),
      /value: "b" is not inside "a"/,
    ],
    [
      'targets that exclude each other',
      scxml('<state id="a"><transition event="e" target="a b"/></state><state id="b"/>'),
      /value: "a" and "b" cannot be active together/,
    ],
    [
      'a history without default',
      scxml('<state id="a"><history id="h"/><state id="b"/></state>'),
      /xml-element: <history> needs a <transition>/,
    ],
    [
      'a name that no variable can have',
      scxml('<datamodel><data id="a b"/></datamodel><state id="a"/>'),
      /value: id="a b"/,
    ],
    [
      'a keyword as a variable',
      scxml('<datamodel><data id="class"/></datamodel><state id="a"/>'),
      /expression: "class"/,
    ],
    [
      'something that breaks out of an expression',
      scxml('<state id="a"><transition event="e" cond="1)} , function(){(2"/></state>'),
      /expression: /,
    ],
    [
      'an assignment to a value',
      scxml('<state id="a"><onentry><assign location="1" expr="2"/></onentry></state>'),
      /expression: "1" is nothing that can be assigned to/,
    ],
    [
      'an operation without a name',
      scxml('<state id="a"><invoke type="attitune"/></state>'),
      /xml-attribute: <invoke> lacks the operation/,
    ],
    [
      'an event both constant and computed',
      scxml('<state id="a"><onentry><send event="a" eventexpr="b"/></onentry></state>'),
      /xml-attribute: <send> has both/,
    ],
    [
      'the same data twice',
      scxml('<datamodel><data id="a"/><data id="a"/></datamodel><state id="a"/>'),
      /duplicate-name/,
    ],
    [
      'something behind else',
      scxml('<state id="a"><onentry><if cond="1"><else/><elseif cond="2"/></if></onentry></state>'),
      /xml-element: <elseif> after <else>/,
    ],
    [
      'at:set without an expression',
      scxml('<state id="a"><onentry><at:set path="x"/></onentry></state>'),
      /xml-attribute: <at:set> lacks/,
    ],
  ];
  for (const [what, text, message] of wrong) {
    it(`refuses ${what}`, () => {
      const errors = errorsOf(text);
      expect(errors.length, errors.join('\n')).to.be.within(1, 2);
      expect(errors[0]).to.match(message);
      expect(errors[0]).to.match(/^f\.scxml:\d+:\d+: error /);
    });
  }

  it('says which file is missing', () => {
    const { errors, diagram } = new ScxmlEngine().read('/nowhere/x.scxml');
    expect(diagram).to.equal(undefined);
    expect(errors.map(({ code }) => code)).to.deep.equal(['file-not-found']);
  });

  it('tells the validator what it calls, hears and raises, and its states', () => {
    const diagram = readDiagram(
      scxml(`<state id="a"><onentry><if cond="true"><send type="attitune" event="alarm"/></if><send event="own"/></onentry>
        <invoke id="i" type="attitune" src="new.start"><param name="x" expr="1"/></invoke><transition event="overloaded.* done.invoke.i" target="p"/></state>
        <parallel id="p"><state><history id="h"><transition target="c"/></history><state id="c"/></state></parallel><final id="z"/>`),
    );
    expect(diagram.name).to.equal('test');
    expect(diagram.calls.map(({ src, invokeId, params }) => ({ src, invokeId, params }))).to.deep.equal([
      { src: 'new.start', invokeId: 'i', params: ['x'] },
    ]);
    expect(diagram.calls[0]?.place).to.include({ file: '/diagrams/test.scxml', line: 2 });
    expect(diagram.hears).to.deep.equal(['overloaded', 'done.invoke.i']);
    expect(diagram.raises).to.deep.equal(['alarm']);
    expect(diagram.states).to.deep.equal([
      { id: 'a', kind: 'atomic' },
      { id: 'p', kind: 'parallel' },
      { id: 'h', kind: 'history' },
      { id: 'c', kind: 'atomic' },
      { id: 'z', kind: 'final' },
    ]);
  });
});
