import { expect } from 'chai';
import fc from 'fast-check';
import { encodeEnvelope, type EnvelopeHead } from '../../../core/bus/envelope.js';
import { channelOf, Guard, type Judgement } from '../../../core/bus/guard.js';
import { MAX_MESSAGE_BYTES, MAX_SKEW_MS } from '../../../core/model/member-bus.js';
import { TOPIC_MESSAGES } from './messages.js';

const NOW = 1_700_000_000_000;
const RELEASE = JSON.stringify({ negotiation: 'n', offer: 'o' });

function head(change: Partial<EnvelopeHead> = {}): EnvelopeHead {
  return { v: 1, from: 'host1', inc: '0a-1', seq: 1, at: NOW, kind: 'tell', name: 'help.release', ...change };
}

function verdict(judgement: Judgement): string {
  return 'refused' in judgement ? judgement.refused.reason : 'heard';
}

describe('the guard', () => {
  let guard: Guard;
  beforeEach(() => (guard = new Guard()));

  const judge = (change: Partial<EnvelopeHead>, now = NOW, sender: string | null = 'host1') => {
    const made = head(change);
    return verdict(
      guard.judge(channelOf(made.kind, made.name), encodeEnvelope(made, RELEASE), sender ?? undefined, now),
    );
  };

  it('lets through every message of a known form, with its body as it was', () => {
    let seq = 0;
    for (const [name, message] of Object.entries(TOPIC_MESSAGES))
      fc.assert(
        fc.property(message as fc.Arbitrary<unknown>, (body) => {
          const made = head({ name, seq: (seq += 1) });
          const text = JSON.stringify(body);
          const judgement = guard.judge(`t:${name}`, encodeEnvelope(made, text), 'host1', NOW);
          expect(judgement).to.deep.equal({ envelope: { ...made, body: JSON.parse(text) as unknown } });
        }),
        { numRuns: 30 },
      );
  });

  it('never throws, and refuses whatever is no message', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((body) => encodeEnvelope(head(), JSON.stringify(body))),
    );
    fc.assert(
      fc.property(fc.string(), anything, fc.option(fc.string(), { nil: undefined }), (channel, text, sender) => {
        expect(verdict(new Guard().judge(channel, text, sender, NOW))).to.be.oneOf(['malformed', 'forged']);
      }),
      { numRuns: 500 },
    );
  });

  it('takes the word of the carrier for the sender; where it has none, that of the message', () => {
    expect(judge({ from: 'host2' })).to.equal('forged');
    expect(judge({ from: 'host2' }, NOW, null)).to.equal('heard');
  });

  it('hears each number of a life once, and only upwards', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (numbers) => {
        const fresh = new Guard();
        let highest = -1;
        for (const seq of numbers) {
          const text = encodeEnvelope(head({ seq }), RELEASE);
          expect(verdict(fresh.judge('t:help.release', text, 'host1', NOW))).to.equal(
            seq > highest ? 'heard' : 'replayed',
          );
          highest = Math.max(highest, seq);
        }
      }),
    );
  });

  it('forgets nothing of a former life while its messages could still be believed', () => {
    expect(judge({ inc: '0a-1', seq: 50 })).to.equal('heard');
    expect(judge({ inc: '0b-1', seq: 1 })).to.equal('heard');
    expect(judge({ inc: '0a-1', seq: 51 })).to.equal('replayed');
    expect(judge({ inc: '0b-1', seq: 1 })).to.equal('replayed');
    expect(judge({ inc: '0b-1', seq: 2 })).to.equal('heard');
    expect(judge({ from: 'host2', inc: '0a-1', seq: 1 }, NOW, 'host2')).to.equal('heard');
  });

  it('hears a member again whose clock was set back before a new life, once the former one is past', () => {
    expect(judge({ inc: '0b-1', seq: 5 })).to.equal('heard');
    const later = NOW + 2 * MAX_SKEW_MS;
    expect(judge({ inc: '0a-1', seq: 1, at: later }, later)).to.equal('replayed');
    expect(judge({ inc: '0a-1', seq: 1, at: later + 1 }, later + 1)).to.equal('heard');
  });

  it('lets no kept message pass, however late it comes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -2 * MAX_SKEW_MS, max: 2 * MAX_SKEW_MS }),
        fc.integer({ min: 0, max: 10 * MAX_SKEW_MS }),
        (ahead, later) => {
          const fresh = new Guard();
          const text = encodeEnvelope(head({ at: NOW + ahead }), RELEASE);
          const first = verdict(fresh.judge('t:help.release', text, 'host1', NOW));
          expect(first).to.equal(Math.abs(ahead) > MAX_SKEW_MS ? 'skewed' : 'heard');
          if (first === 'heard')
            expect(verdict(fresh.judge('t:help.release', text, 'host1', NOW + later))).to.be.oneOf([
              'replayed',
              'skewed',
            ]);
        },
      ),
    );
  });

  it('measures bytes, not characters', () => {
    const sized = (fill: string, count: number) => {
      const text = encodeEnvelope(head({ seq: (count % 7) + 1 }), JSON.stringify({ fill: fill.repeat(count) }));
      return verdict(new Guard().judge('t:help.release', text, 'host1', NOW));
    };
    expect(sized('x', MAX_MESSAGE_BYTES)).to.equal('oversized');
    expect(sized('ß', MAX_MESSAGE_BYTES / 2)).to.equal('oversized');
    expect(sized('x', MAX_MESSAGE_BYTES - 1000)).to.equal('malformed');
    expect(sized('ß', MAX_MESSAGE_BYTES / 2 - 1000)).to.equal('malformed');
  });

  it('remembers many senders, and not for ever', () => {
    for (let index = 0; index < 5000; index += 1)
      expect(judge({ from: `host${index}`, at: NOW + index * 1000 }, NOW + index * 1000, `host${index}`)).to.equal(
        'heard',
      );
    expect(guard.remembered).to.be.below(2500);
  });
});
