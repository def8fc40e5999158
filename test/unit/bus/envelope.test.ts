import { expect } from 'chai';
import fc from 'fast-check';
import {
  decodeEnvelope,
  encodeBody,
  encodeEnvelope,
  incarnationAt,
  INCARNATION,
  MEMBER_NAME,
  type EnvelopeHead,
} from '../../../core/bus/envelope.js';

const HEAD: EnvelopeHead = { v: 1, from: 'host1', inc: '0abc-1', seq: 3, at: 1000, kind: 'tell', name: 'reading' };

describe('envelopes', () => {
  it('come out as they went in, on one line', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.option(fc.stringMatching(/^[a-z0-9-]{1,32}$/), { nil: undefined }), (body, id) => {
        const head = { ...HEAD, ...(id === undefined ? {} : { id }) };
        const text = encodeEnvelope(head, encodeBody(body));
        expect(text).not.to.match(/[\n\r]/);
        expect(decodeEnvelope(text)).to.deep.equal({ ...head, body: JSON.parse(JSON.stringify(body)) as unknown });
      }),
    );
  });

  it('are told from anything else, which is never an exception', () => {
    fc.assert(fc.property(fc.string(), (text) => void decodeEnvelope(text)));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const decoded = decodeEnvelope(JSON.stringify(value));
        expect('wrong' in decoded).to.equal(true);
      }),
    );
  });

  it('say in a few words what is wrong with what is none', () => {
    const wrong = (change: object) => {
      const decoded = decodeEnvelope(JSON.stringify({ ...HEAD, body: {}, ...change }));
      return 'wrong' in decoded ? decoded.wrong : undefined;
    };
    expect(wrong({})).to.equal(undefined);
    expect(wrong({ seq: -1 })).to.include('seq');
    expect(wrong({ from: 'two words' })).to.include('from');
    expect(wrong({ kind: 'x'.repeat(1000) }))
      .to.include('kind')
      .and.have.length.below(250);
    expect(wrong({ v: 2 })).to.include('v');
    expect(wrong({ more: 1 })).to.include('more');
    expect(wrong({ id: 'x'.repeat(33) })).to.include('id');
  });

  it('carry what is no data as null', () => {
    expect(encodeBody(undefined)).to.equal('null');
    expect(encodeBody({ a: undefined, b: NaN })).to.equal('{"b":null}');
  });
});

describe('incarnations', () => {
  it('of later lives sort after those of former ones, and those of one moment differ', () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 40),
        fc.integer({ min: 1, max: 2 ** 40 }),
        fc.double({ min: 0, max: 0.999999 }),
        (at, later, chance) => {
          expect(incarnationAt(at + later, chance) > incarnationAt(at, 1 - chance - 1e-9)).to.equal(true);
        },
      ),
    );
    expect(incarnationAt(1, 0.25)).not.to.equal(incarnationAt(1, 0.75));
    for (const at of [-5, 0, 1.5, 1_800_000_000_000]) expect(incarnationAt(at, 0.999999)).to.match(INCARNATION);
  });
});

describe('names of members', () => {
  it('are those of hosts and certificates, and can be written in one word', () => {
    for (const name of ['a', 'host1', 'web-1.example.org', 'A_b', '1', 'x'.repeat(63)])
      expect(name).to.match(MEMBER_NAME);
    for (const name of ['', ' ', 'a b', '.a', '-a', 'a/b', 'a>b', 'a*', 'ä', 'a\n', 'x'.repeat(64)])
      expect(name).not.to.match(MEMBER_NAME);
  });
});
