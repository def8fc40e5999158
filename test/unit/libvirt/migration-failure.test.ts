import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { toAttituneError } from '../../../wrappers/libvirt/errors.js';
import { afterFailure } from '../../../wrappers/libvirt/migration-failure.js';
import type { FailedMigration } from '../../../wrappers/libvirt/migration-failure.js';
import { remoteProcedures as procedures } from '../../../wrappers/libvirt/rpc/procedures.js';
import { FakeDaemon } from './fake-daemon.js';

const dom = { name: 'web', uuid: '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90', id: 3 };
const target = { host: 'host2', uri: 'qemu+tcp://host2/system' };
const STATES = { running: 1, paused: 3, shutoff: 5 } as const;

function libvirtSays(code: number, message: string): AttituneError {
  const none = { dom: undefined, str1: undefined, str2: undefined, str3: undefined, int1: 0, int2: 0, net: undefined };
  return toAttituneError({ code, domain: 10, message, level: 2, ...none }, 'host1');
}

/** What a host has of the domain: nothing, another one of its name, or its state and whether it is defined there. */
type Has = undefined | 'another' | { readonly state: keyof typeof STATES; readonly defined?: boolean };

/** A daemon that answers to every question about the domain, and forgets its definition when told to. */
class Host extends FakeDaemon {
  readonly undefined: string[] = [];
  constructor(private readonly has: Has) {
    super();
  }

  async answer(): Promise<void> {
    for (let turn = 0; turn < 200; turn += 1) {
      const [call] = this.calls;
      if (call) await this.send(this.#answerTo(call.header.procedure));
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #answerTo(procedure: number) {
    const { has } = this;
    if (procedure === procedures.domainLookupByName.number) {
      if (!has) return this.error(42, 'no domain');
      const uuid = has === 'another' ? '00000000-0000-4000-8000-000000000000' : dom.uuid;
      return this.reply(procedures.domainLookupByName, { dom: { ...dom, uuid } });
    }
    const { state, defined = false } = has as Exclude<Has, undefined | 'another'>;
    if (procedure === procedures.domainGetState.number)
      return this.reply(procedures.domainGetState, { state: STATES[state], reason: 0 });
    if (procedure === procedures.domainIsPersistent.number)
      return this.reply(procedures.domainIsPersistent, { persistent: defined ? 1 : 0 });
    this.undefined.push(dom.name);
    return this.reply(procedures.domainUndefine, undefined);
  }
}

const CASE = { dom, target, active: true, persistent: false, aborting: undefined, postCopy: false };

/** What comes of a failed migration: the error, or `undefined` where it turns out to have worked. */
async function explain(here: Has, there: Has | Error, given: Partial<FailedMigration> = {}) {
  const source = new Host(here);
  const other = new Host(there instanceof Error ? undefined : there);
  const error = libvirtSays(9, 'migration job: unexpectedly failed');
  const explained = afterFailure(
    {
      host: 'host1',
      connection: source.connection,
      withTarget: (_, use) => (there instanceof Error ? Promise.reject(there) : use(other.connection)),
    },
    { ...CASE, error, ...given },
  ).then(
    () => undefined,
    (reason: unknown) => reason as AttituneError,
  );
  void source.answer();
  void other.answer();
  return { error: await explained, undefined: { here: source.undefined, there: other.undefined } };
}

const unreachable = new AttituneError('host-unreachable', 'no route');

describe('after a migration that ended with an error', () => {
  it('the domain that stayed is told with its state', async () => {
    const { error } = await explain({ state: 'paused' }, undefined);
    expect(error).to.have.property('code', 'migration-failed');
    expect(error?.message).to.include('unexpectedly failed').and.include('it is paused on host1');
    expect(error?.details).to.have.property('libvirtCode', 9);
  });

  it('an abort is told from a failure, and from a time-out', async () => {
    const here = { state: 'running' } as const;
    const aborted = await explain(here, undefined, { aborting: 'abort' });
    expect(aborted.error).to.have.property('code', 'migration-aborted');
    const byAnother = await explain(here, undefined, { error: libvirtSays(78, 'canceled by client') });
    expect(byAnother.error).to.have.property('code', 'migration-aborted');
    const late = await explain(here, undefined, { aborting: 'timeout', timeoutMs: 30_000 });
    expect(late.error).to.have.property('code', 'migration-timeout');
    expect(late.error?.message).to.include('within 30 s').and.include('it is running on host1');
  });

  it('the domain that neither host has died', async () => {
    expect((await explain(undefined, undefined)).error).to.have.property('code', 'domain-died');
    expect((await explain({ state: 'shutoff', defined: true }, undefined)).error?.message).to.include(
      'defined on host1',
    );
    expect((await explain(undefined, { state: 'shutoff', defined: true })).error?.message).to.include(
      'defined on host2',
    );
  });

  it('another domain of its name is not taken for it', async () => {
    expect((await explain('another', 'another')).error).to.have.property('code', 'domain-died');
  });

  it('the domain that runs on the target has migrated, and is defined nowhere else', async () => {
    expect((await explain(undefined, { state: 'running' })).error).to.equal(undefined);
    const both = await explain({ state: 'shutoff', defined: true }, { state: 'running', defined: true });
    expect(both).to.deep.equal({ error: undefined, undefined: { here: ['web'], there: [] } });
  });

  it('a definition that was left on the target is taken away there', async () => {
    const left = { state: 'shutoff', defined: true } as const;
    const stayed = await explain({ state: 'running', defined: true }, left, { persistent: true });
    expect(stayed.error?.message).to.include('left on host2 was removed');
    expect(stayed.undefined).to.deep.equal({ here: [], there: ['web'] });
    const transient = await explain({ state: 'running' }, left);
    expect(transient.error?.message).to.include('it is running on host1, and defined on host2');
    expect(transient.undefined).to.deep.equal({ here: [], there: [] });
    const died = await explain({ state: 'shutoff', defined: true }, left, { persistent: true });
    expect(died.error?.message).to.include('it is defined on host1');
    expect(died.undefined).to.deep.equal({ here: [], there: ['web'] });
  });

  it('a domain that runs on both hosts is told as that', async () => {
    const { error } = await explain({ state: 'running' }, { state: 'running' });
    expect(error).to.have.property('code', 'domain-doubled');
    expect(error?.message).to.include('host1').and.include('host2').and.include('disks');
  });

  it('a target that has not given the domain up yet is named', async () => {
    const { error } = await explain({ state: 'running' }, { state: 'paused' });
    expect(error?.message).to.include('it is running on host1, and paused on host2');
  });

  it('a target that does not answer leaves it open, and is named', async () => {
    const { error } = await explain(undefined, unreachable);
    expect(error).to.have.property('code', 'host-unreachable');
    expect(error?.message).to.include('Ask host2').and.include('no route');
    const stayed = await explain({ state: 'running', defined: true }, unreachable, { persistent: true });
    expect(stayed.error).to.have.property('code', 'migration-failed');
    expect(stayed.error?.message).to.include('look for a definition of web there later');
  });

  it('a source that was lost leaves it open, and both are named', async () => {
    const source = new FakeDaemon();
    source.connection.close(procedures.connectClose);
    const error = await afterFailure(
      { host: 'host1', connection: source.connection, withTarget: () => Promise.reject(unreachable) },
      { ...CASE, error: new AttituneError('host-unreachable', 'lost') },
    ).then(
      () => undefined,
      (reason: unknown) => reason as AttituneError,
    );
    expect(error).to.have.property('code', 'host-unreachable');
    expect(error?.message).to.include('Ask both hosts');
  });

  describe('of a definition alone', () => {
    const offline = { active: false, persistent: true } as const;
    const defined = { state: 'shutoff', defined: true } as const;

    it('it is still defined on the source, and only there', async () => {
      const { error, undefined: forgotten } = await explain(defined, defined, offline);
      expect(error).to.have.property('code', 'migration-failed');
      expect(error?.message).to.include('it is defined on host1');
      expect(forgotten).to.deep.equal({ here: [], there: ['web'] });
    });

    it('it was moved all the same', async () => {
      expect((await explain(undefined, defined, offline)).error).to.equal(undefined);
    });
  });

  describe('after the guest had begun to run on the target', () => {
    const postCopy = { postCopy: true } as const;

    it('it has migrated, where it runs there and is gone from the source', async () => {
      expect((await explain(undefined, { state: 'running' }, postCopy)).error).to.equal(undefined);
    });

    it('it may be lost, where both hosts hold a part of its memory', async () => {
      const { error } = await explain({ state: 'paused' }, { state: 'paused' }, postCopy);
      expect(error).to.have.property('code', 'domain-died');
      expect(error?.message).to.include('may be lost').and.include('paused on host1, paused on host2');
      expect(error?.message).to.include('--postcopy-resume');
    });

    it('it may be lost, where a host is gone', async () => {
      const gone = await explain({ state: 'paused' }, undefined, postCopy);
      expect(gone.error?.message).to.include('gone from host2').and.include('start it anew');
      const silent = await explain({ state: 'paused' }, unreachable, postCopy);
      expect(silent.error?.message).to.include('host2 does not answer').and.include('may be lost');
    });
  });
});
