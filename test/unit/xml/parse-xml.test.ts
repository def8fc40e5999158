import { expect } from 'chai';
import fc from 'fast-check';
import { AttituneError } from '../../../core/model/errors.js';
import { attributeOf, childrenOf, parseXml, readTextFile, textOf } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';

function failure(text: string): AttituneError {
  try {
    parseXml(text, 'f.xml');
  } catch (error) {
    if (error instanceof AttituneError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

function element(node: XmlElement, index = 0): XmlElement {
  return childrenOf(node)[index] as XmlElement;
}

describe('parseXml', () => {
  it('keeps document order, texts, CDATA and entities', () => {
    const root = parseXml('<a>one &amp; &#67;&#x44; <b/>two<!-- no --><![CDATA[<x>&amp;]]><c/> end</a>', 'f.xml');
    expect(root.children.map((child) => (child.kind === 'text' ? child.text : `<${child.name}>`))).to.deep.equal([
      'one & CD ',
      '<b>',
      'two',
      '<x>&amp;',
      '<c>',
      ' end',
    ]);
    expect(textOf(root)).to.equal('one & CD two<x>&amp; end');
  });

  it('knows the place of elements, attributes and texts, also with CRLF, a byte order mark and an XML declaration', () => {
    const text = '\uFEFF<?xml version="1.0"?>\r\n<a>\r\n  <b x="1"\r\n     yy = \'2\'>t</b><!-- c --><c/>\r\n</a>';
    const root = parseXml(text, 'f.xml');
    const b = element(root);
    expect(root.place).to.deep.equal({ file: 'f.xml', line: 2, column: 1 });
    expect(b.place).to.deep.equal({ file: 'f.xml', line: 3, column: 3 });
    expect(b.attributes.get('x')?.place).to.deep.equal({ file: 'f.xml', line: 3, column: 6 });
    expect(b.attributes.get('yy')?.place).to.deep.equal({ file: 'f.xml', line: 4, column: 6 });
    expect(b.attributes.get('yy')?.valuePlace).to.deep.equal({ file: 'f.xml', line: 4, column: 12 });
    expect(b.children[0]?.place).to.deep.equal({ file: 'f.xml', line: 4, column: 15 });
    expect(element(root, 1).place).to.deep.equal({ file: 'f.xml', line: 4, column: 30 });
  });

  it('resolves namespaces', () => {
    const root = parseXml('<a xmlns="urn:1" xmlns:p="urn:2"><p:b p:x="1" y="2"/><c xmlns="urn:3"/></a>', 'f.xml');
    const [b, c] = root.children as XmlElement[];
    expect(root).to.include({ namespace: 'urn:1', local: 'a', prefix: '' });
    expect(b).to.include({ namespace: 'urn:2', local: 'b', prefix: 'p', name: 'p:b' });
    expect(b?.attributes.get('p:x')).to.include({ namespace: 'urn:2', local: 'x' });
    expect(b?.attributes.get('y')).to.include({ namespace: '' });
    expect(c).to.include({ namespace: 'urn:3' });
    expect([...root.attributes.keys()]).to.deep.equal([]);
    expect(childrenOf(root)).to.have.length(0);
  });

  it('gives what stands inside an element byte for byte', () => {
    const root = parseXml('<a><b> <c x="&lt;"/>t</b ><d/></a>', 'f.xml');
    expect(element(root).inner).to.equal(' <c x="&lt;"/>t');
    expect(element(root, 1).inner).to.equal('');
    expect(root.inner).to.equal('<b> <c x="&lt;"/>t</b ><d/>');
  });

  it('lets no name become a property of anything', () => {
    const root = parseXml('<a constructor="1" __proto__="2" toString="3"><toString/><valueOf/></a>', 'f.xml');
    expect([...root.attributes.keys()]).to.deep.equal(['constructor', '__proto__', 'toString']);
    expect(childrenOf(root).map(({ name }) => name)).to.deep.equal(['toString', 'valueOf']);
    expect(({} as Record<string, unknown>)['x']).to.equal(undefined);
    expect(failure('<a>\n<__proto__ x="1"/></a>').place).to.include({ line: 2, column: 1 });
  });

  const wrong: readonly (readonly [string, string, number, number, RegExp])[] = [
    ['nothing', '', 1, 1, /no element|start tag/i],
    ['only text', 'hello', 1, 1, /not expected/],
    ['an end tag that is missing', '<a>\n  <b>\n</a>', 3, 1, /closing tag 'b'/],
    ['several end tags that are missing', '<a>\n <b>\n  <c>', 3, 3, /<c> is not closed/],
    ['the end tag of the root missing', '\n<a>', 2, 1, /Add its end tag/],
    ['an attribute without quotes', '<a\n x=1/>', 2, 2, /name="value"/],
    ['an attribute twice', '<a x="1" x="2"/>', 1, 10, /repeated/],
    ['a bare ampersand', '<a>\n a & b</a>', 2, 4, /&amp;/],
    ['an unknown entity in a text', '<a>\n x&nbsp;</a>', 2, 3, /&nbsp;/],
    ['an unknown entity in an attribute', '<a x="1&foo;"/>', 1, 8, /&foo;/],
    ['a bare ampersand in an attribute', '<a x="a && b"/>', 1, 9, /&amp;/],
    ['a literal < in an attribute', '<a x="i<3"/>', 1, 8, /&lt;/],
    ['two roots', '<a></a>\n<b/>', 2, 1, /outermost|root/],
    ['text behind the root', '<a/>\n x', 2, 2, /after the end|Extra text/],
    ['a prefix that is not declared', '<a>\n<at:b/></a>', 2, 2, /xmlns:at/],
    ['a comment that is not closed', '<a>\n<!-- x </a>', 2, 1, /not closed/],
    ['a CDATA section that is not closed', '<a>\n<![CDATA[ x </a>', 2, 1, /not closed/],
    ['a control character', '<a>\n\u0001</a>', 2, 1, /U\+0001/],
    ['a document type', '<!DOCTYPE a>\n<a/>', 1, 1, /DOCTYPE/],
    ['an XML bomb', '<!DOCTYPE a [<!ENTITY b "xx"><!ENTITY c "&b;&b;">]><a>&c;</a>', 1, 1, /DOCTYPE/],
    ['an external entity', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', 1, 1, /DOCTYPE/],
    ['too deep a nesting', `${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}`, 1, 1, /deep/],
  ];
  for (const [what, text, line, column, message] of wrong) {
    it(`refuses ${what} with its place`, () => {
      const error = failure(text);
      expect(error.code).to.equal('xml-malformed');
      expect(error.place).to.deep.equal({ file: 'f.xml', line, column });
      expect(error.message).to.match(message);
    });
  }

  it('reads back any attribute and text that was escaped', () => {
    const escape = (text: string) => text.replace(/[&<>"'\n\r\t]/g, (character) => `&#${character.codePointAt(0)};`);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (value, text) => {
        fc.pre(!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(value + text));
        const root = parseXml(`<a x="${escape(value)}">${escape(text)}</a>`, 'f.xml');
        expect(attributeOf(root, 'x')).to.equal(value);
        expect(textOf(root)).to.equal(text);
      }),
    );
  });

  it('answers any text with a tree or with a place inside it', () => {
    const piece = fc.constantFrom(
      '<a>',
      '</a>',
      '<b x="1"/>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '&amp;',
      '&',
      '<',
      '"',
      't',
      '\n',
      '<?p ?>',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        try {
          expect(parseXml(text, 'f.xml').kind).to.equal('element');
        } catch (error) {
          if (!AttituneError.is(error, 'xml-malformed')) throw error;
          const { line, column } = error.place ?? { line: 0, column: 0 };
          expect(line).to.be.within(1, text.split('\n').length);
          expect(column).to.be.within(1, (text.split('\n')[line - 1] as string).length + 1);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('readTextFile', () => {
  it('says which file is missing', () => {
    expect(() => readTextFile('/nowhere/x.xml'))
      .to.throw(AttituneError, /no such file/)
      .with.property('code', 'file-not-found');
  });
});
