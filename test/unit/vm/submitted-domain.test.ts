import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { AttituneError } from '../../../core/model/errors.js';
import { domainXml } from '../../../wrappers/libvirt/index.js';
import type { SubmissionFacts, SubmittedParts } from '../../../wrappers/vm/submit/index.js';
import { checkSubmission, submissionDocument, submittedDomain } from '../../../wrappers/vm/submit/index.js';
import { document, submission } from '../../support/submissions.js';

const DESKTOP = readFileSync('test/fixtures/domain/desktop.xml', 'utf8');
const parts: SubmittedParts = {
  disk: { path: '/pool/web.qcow2', format: 'qcow2' },
  freshUuid: () => 'fresh-uuid',
  freshMac: () => '52:54:00:00:00:99',
};
const make = (facts: Partial<SubmissionFacts>, more: Partial<SubmittedParts> = {}) =>
  submittedDomain(submission(facts), { ...parts, ...more });

describe('what is defined of a submitted machine', () => {
  it('has its image, a UUID and MAC addresses, and all else of its document', () => {
    const made = make({ xml: DESKTOP }, { labels: { image: 'x' } });
    expect(made).to.deep.include({
      name: 'desk top',
      uuid: '0f1d2c3b-4a59-4687-8796-a5b4c3d2e1f0',
      labels: { image: 'x' },
      networks: [
        { network: 'default', mac: '52:54:00:aa:bb:cc' },
        { bridge: 'br0', mac: '52:54:00:00:00:99' },
      ],
    });
    expect(made.disks[0]).to.deep.equal({ path: '/pool/web.qcow2', format: 'qcow2' });
    const xml = domainXml(made, { type: 'kvm' });
    expect(xml)
      .to.include('urn:example:inventory')
      .and.include('discard="unmap"')
      .and.include('file="/pool/web.qcow2"');
    expect(xml).to.not.include('<emulator>').and.not.include('/base.img').and.not.include('desktop.qcow2');
  });

  it('has another identity where it is renewed', () => {
    const made = make({ xml: DESKTOP, name: 'web', renewed: true }, { network: { bridge: 'br9' } });
    expect(made).to.deep.include({ name: 'web', uuid: 'fresh-uuid' });
    const card = { bridge: 'br9', mac: '52:54:00:00:00:99' };
    expect(made.networks).to.deep.equal([card, card]);
    // a card that a description cannot say gets its address from the hypervisor
    expect(made.document).to.not.include('52:54:00:aa:bb:cd');
  });

  it('has no labels of another domain', () => {
    const labelled = domainXml({ ...make({}), labels: { address: '10.0.0.1' } }, { type: 'kvm' });
    expect(make({ xml: labelled }).labels).to.deep.equal({});
    expect(domainXml(make({ xml: labelled }), { type: 'kvm' })).to.not.include('10.0.0.1');
  });

  it('keeps an image in any other type of disk from its place', () => {
    const block = document()
      .replace('type="file" device="disk"', 'type="block"')
      .replace('file="/x.img"', 'dev="/dev/sda"');
    const made = make({ xml: block });
    expect(made.disks).to.deep.equal([{ path: '/pool/web.qcow2', format: 'qcow2' }]);
    expect(made.document).to.not.include('/dev/sda');
  });
});

describe('the document of a submission', () => {
  it('is the file, or is made of a configuration file of Xen', () => {
    expect(submissionDocument(`\uFEFF\n${DESKTOP}`, 'a.xml').xml).to.include(DESKTOP);
    const config = readFileSync('test/fixtures/xen/full.cfg', 'utf8');
    const { xml = '', errors, notes } = submissionDocument(config, 'full.cfg');
    expect([errors.length, notes.length]).to.deep.equal([0, 5]);
    const host = { ...submission().host, domainTypes: ['xen'] };
    const risks = checkSubmission(submission({ xml, host })).map(({ details }) => details['risk']);
    expect([...new Set(risks)]).to.include.members(['block', 'host-file', 'foreign-disk']);
    expect(submissionDocument('name = ', 'wrong.cfg')).to.deep.include({ notes: [] });
    expect(submissionDocument('name = ', 'wrong.cfg').errors[0]?.place?.file).to.equal('wrong.cfg');
  });
});

describe('checking a submitted machine', () => {
  it('ends with reasons, whatever the document is', () => {
    const pieces = [
      '<',
      '>',
      '/>',
      '"',
      '&',
      '<!--',
      ']]>',
      'type="',
      'x:',
      '<disk>',
      '<vcpu current="9">',
      '\u0000',
      '9e9',
      '-1',
    ];
    const change = fc.tuple(
      fc.nat(DESKTOP.length),
      fc.nat(60),
      fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 5 })),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const xml = changes.reduce(
          (text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length),
          DESKTOP,
        );
        for (const error of checkSubmission(submission({ xml, file: 'a.xml' }))) {
          expect(AttituneError.is(error)).to.equal(true);
          expect(error.place?.file).to.equal('a.xml');
        }
      }),
      { numRuns: 300 },
    );
  });
});
