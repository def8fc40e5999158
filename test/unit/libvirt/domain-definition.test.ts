import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import {
  defineDomain,
  describeDomain,
  startDomain,
  undefineDomain,
} from '../../../wrappers/libvirt/domain-definition.js';
import { remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { answering, on, Refusal } from './answering.js';
import type { Answer } from './answering.js';

const dom = { name: 'web', uuid: '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90', id: -1 };
const found = on(procedures.domainLookupByName, () => ({ dom }));
const none = on(procedures.domainLookupByName, () => new Refusal(42, 'no domain'));
const defined = on(procedures.domainIsPersistent, () => ({ persistent: 1 }));
const state = (number: number) => on(procedures.domainGetState, () => ({ state: number, reason: 0 }));

const codeOf = (outcome: Promise<unknown>) =>
  outcome.then(
    () => 'done',
    (error: unknown) => (AttituneError.is(error) ? error.code : Promise.reject(error as Error)),
  );

describe('definitions of domains through libvirt', () => {
  it('are forgotten with all that libvirt would keep them for, but not with data of the guest', async () => {
    const asked: number[] = [];
    const undefine = on(procedures.domainUndefineFlags, ({ flags }) => void asked.push(flags));
    await answering([found, defined, undefine], (daemon) => undefineDomain(daemon.connection, 'web'));
    // managed save, snapshots and checkpoints go; the variables of firmware and TPM stay
    expect(asked).to.deep.equal([1 | 2 | 16 | 8 | 64]);
  });

  it('are forgotten with the flags that the daemon knows, or none', async () => {
    for (const known of [1 | 2 | 16 | 8, 1 | 2, 1, 0]) {
      const asked: number[] = [];
      const undefine = on(procedures.domainUndefineFlags, ({ flags }) => {
        if (flags & ~known || known === 0) return new Refusal(known === 0 ? 3 : 8, 'unsupported flags');
        asked.push(flags);
      });
      const plain = on(procedures.domainUndefine, () => void asked.push(0));
      await answering([found, defined, undefine, plain], (daemon) => undefineDomain(daemon.connection, 'web'));
      expect(asked).to.deep.equal([known]);
    }
  });

  it('are not forgotten where libvirt refuses for another reason', async () => {
    const undefine = on(procedures.domainUndefineFlags, () => new Refusal(9, 'in use'));
    const outcome = answering([found, defined, undefine], (daemon) => undefineDomain(daemon.connection, 'web'));
    expect(await codeOf(outcome)).to.equal('hypervisor');
  });

  it('clash by name or by uuid', async () => {
    const refused = on(procedures.domainDefineXML, () => new Refusal(9, 'already exists'));
    const byUuid = (answer: Refusal | { dom: typeof dom }) => on(procedures.domainLookupByUUID, () => answer);
    const define = (answers: readonly Answer[]) =>
      codeOf(answering([refused, ...answers], (daemon) => defineDomain(daemon.connection, dom, '<domain/>')));
    expect(await define([found])).to.equal('domain-exists');
    expect(await define([none, byUuid({ dom })])).to.equal('domain-exists');
    expect(await define([none, byUuid(new Refusal(42))])).to.equal('hypervisor');
  });

  it('are started once, whatever number the driver has for a second time', async () => {
    const refuse = (code: number) => on(procedures.domainCreateWithFlags, () => new Refusal(code, 'no'));
    const start = (answers: readonly Answer[]) =>
      codeOf(answering([found, ...answers], (daemon) => startDomain(daemon.connection, 'web')));
    expect(await start([refuse(1), state(1)])).to.equal('domain-state');
    expect(await start([refuse(1), state(5)])).to.equal('hypervisor');
    expect(await start([refuse(55)])).to.equal('domain-state');
  });

  it('are told with what libvirt keeps secret, as they are at the next start', async () => {
    const SECURE_INACTIVE = 1 | 2;
    const xml = '<domain type="kvm"><name>web</name><memory unit="MiB">64</memory><vcpu>2</vcpu></domain>';
    const details = await answering(
      [
        found,
        defined,
        state(5),
        on(procedures.domainGetAutostart, () => ({ autostart: 1 })),
        on(procedures.domainGetXMLDesc, ({ flags }) => (flags === SECURE_INACTIVE ? { xml } : new Refusal(8))),
      ],
      (daemon) => describeDomain(daemon.connection, 'web'),
    );
    expect(details).to.include({ name: 'web', uuid: dom.uuid, state: 'shutoff', persistent: true, autostart: true });
    expect(details.description).to.include({ memoryMiB: 64, vcpus: 2, document: xml });
  });
});
