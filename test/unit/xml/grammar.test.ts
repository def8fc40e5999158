import { expect } from 'chai';
import { formatError } from '../../../core/model/errors.js';
import { checkElement, editDistance, nearest, parseXml, suggest } from '../../../core/xml/index.js';
import type { Grammar } from '../../../core/xml/index.js';

const GRAMMAR: Grammar = {
  namespaces: ['urn:shop', ''],
  root: 'shop',
  elements: {
    shop: {
      attributes: [{ name: 'name', required: true }],
      children: [{ name: 'item', min: 1, max: 2 }, { name: 'note' }, { name: 'owner', rule: 'person' }],
    },
    item: {
      attributes: [
        { name: 'kind', values: ['book', 'pencil'] },
        { name: 'price', pattern: /^\d+$/, form: 'a whole number, such as 5' },
      ],
    },
    note: { text: true, openAttributes: true },
    person: { attributes: [{ name: 'mail' }], children: [{ name: 'note', max: 1 }] },
  },
};

function check(text: string): string[] {
  return checkElement(parseXml(text, 'f.xml'), GRAMMAR).map(formatError);
}

describe('checkElement', () => {
  it('accepts what the grammar allows, and leaves other namespaces alone', () => {
    expect(
      check('<shop name="s" xmlns:q="urn:q" q:x="1"><item kind="book"/><q:z w="1"/><note any="1">text</note></shop>'),
    ).to.deep.equal([]);
    expect(check('<shop xmlns="urn:shop" name="s"><item/><owner mail="m"><note/></owner></shop>')).to.deep.equal([]);
  });

  it('tells all that is wrong at once, each with its place and what to do', () => {
    const errors = check(
      '<shop nam="s">\n <itm/>\n <item knd="1" price="x"/>\n <item kind="bok"/>\n hello\n <owner><item/></owner></shop>',
    );
    expect(errors).to.deep.equal([
      'f.xml:1:1: error xml-attribute: <shop> lacks the attribute "name". Add name="…".',
      'f.xml:1:7: error xml-attribute: <shop> has no attribute "nam". Did you mean "name"?',
      'f.xml:2:2: error xml-element: there is no element <itm>. Did you mean "item"?',
      'f.xml:3:8: error xml-attribute: <item> has no attribute "knd". Did you mean "kind"?',
      'f.xml:3:23: error value: price="x" is not a whole number, such as 5.',
      'f.xml:4:14: error value: "bok" is no value of kind. Did you mean "book"?',
      'f.xml:5:2: error xml-element: text inside <shop>, which takes none: "hello". Remove it.',
      'f.xml:6:9: error xml-element: <item> cannot stand inside <owner>. It takes: note.',
    ]);
  });

  it('counts children', () => {
    expect(check('<shop name="s"/>')).to.deep.equal(['f.xml:1:1: error xml-element: <shop> needs a <item>. Add it.']);
    expect(check('<shop name="s"><item/><item/><item/><item/></shop>')).to.deep.equal([
      'f.xml:1:30: error xml-element: <shop> takes at most 2 <item>. Remove this one.',
    ]);
  });

  it('names a wrong root or namespace', () => {
    expect(check('<shp/>')[0]).to.match(/where <shop> is expected/);
    expect(check('<shop xmlns="urn:shopp"/>')[0]).to.match(/Write <shop xmlns="urn:shop">/);
  });
});

describe('suggest', () => {
  it('finds the nearest name, or lists the names', () => {
    expect(suggest('Tomcta', ['Apache', 'Tomcat'])).to.equal(' Did you mean "Tomcat"?');
    expect(suggest('zzz', ['Apache', 'Tomcat'])).to.equal(' There are: Apache, Tomcat.');
    expect(suggest('zzz', [])).to.equal('');
    expect(nearest('apache', ['Apache'])).to.equal('Apache');
    expect(nearest('x', ['abcdef'])).to.equal(undefined);
  });

  it('measures insertions, deletions, substitutions and swaps', () => {
    expect(editDistance('kitten', 'sitting')).to.equal(3);
    expect(editDistance('ab', 'ba')).to.equal(1);
    expect(editDistance('', 'abc')).to.equal(3);
  });
});
