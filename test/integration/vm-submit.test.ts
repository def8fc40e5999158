import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { asset } from '../../core/assets/package-root.js';
import { submitVm, type SubmitRequest } from '../../core/app/vm/submit-vm.js';
import { AttituneError } from '../../core/model/errors.js';
import { SeededRandom } from '../../core/model/random.js';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';
import { failure, FleetWorld, type Failures } from '../unit/vm-commands/fleet-world.js';
import { skipUnless } from '../support/skip.js';

const OWN = asset('examples/virtual-machines/own.xml');

describe('vm submit, on simulated hosts', function () {
  this.timeout(30_000);
  let folder: string;
  let image: string;
  let xml: string;
  let world: FleetWorld;
  const parts = { executor: new LocalExecutor({ node: 'this machine' }), random: new SeededRandom(5) };

  before(async function () {
    skipUnless(this, { programs: { 'qemu-img': 'qemu-utils' } });
    folder = await mkdtemp(join(tmpdir(), 'attitune-submit-test-'));
    image = join(folder, 'own.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, '64M']);
    xml = await readFile(OWN, 'utf8');
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => (world = new FleetWorld()));

  const submit = (request: Partial<SubmitRequest> = {}) => {
    const defaults = {
      image,
      file: OWN,
      xml,
      allow: new Set<never>(),
      renewed: false,
      start: true,
      ignoreUnreachable: false,
    };
    return world.settle(submitVm(world.fleet, { ...defaults, ...request }, parts, world.task));
  };
  const reasons = async (request: Partial<SubmitRequest>) => {
    const error: unknown = await submit(request).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AggregateError);
    expect(await world.left()).to.deep.equal([]);
    return (error as AggregateError).errors.map((one: AttituneError) => `${one.code} ${one.message}`).join('\n');
  };

  it('takes an image and a document, and starts it under the name that is told', async () => {
    const submitted = await submit({ name: 'mine', host: 'host2' });
    expect(submitted).to.include({ name: 'mine', host: 'host2', state: 'running' });
    const { description } = await world.settle(world.host('host2').hypervisor.describe('mine'));
    expect(description.disks[0]).to.deep.include({ path: submitted.disk, format: 'qcow2' });
    expect(description.labels).to.include({ image: 'own.qcow2' });
    expect(description.networks?.[0]?.mac).to.match(/^52:54:00:/);
    expect(await world.left()).to.deep.equal(['mine on host2', 'mine.qcow2']);
  });

  it('chooses a host by the memory that the document asks for', async () => {
    world = new FleetWorld(['512 MiB', '4 GiB']);
    expect((await submit({ xml: xml.replace('>128<', '>1024<') })).host).to.equal('host2');
  });

  it('makes an image whole that lies on another one beside it', async () => {
    const overlay = join(folder, 'overlay.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image, '-F', 'qcow2', overlay]);
    expect((await submit({ image: overlay, start: false })).state).to.equal('shutoff');
  });

  it('says all that is wrong at once, and makes nothing', async () => {
    const hostile = join(folder, 'hostile.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', '/etc/passwd', '-F', 'raw', hostile]);
    const text = await reasons({
      image: hostile,
      xml: xml.replace('<name>own<', '<name>../own<').replace('<vcpu>1<', '<vcpu>0<'),
    });
    expect(text).to.contain('/etc/passwd').and.contain('cannot be the name').and.contain('virtual CPUs');
    const words = join(folder, 'words.raw');
    await writeFile(words, 'this is no disk\n');
    expect(await reasons({ image: words })).to.contain('text');
    expect(await reasons({ image: join(folder, 'missing') })).to.contain('missing');
    expect(await reasons({ xml: '<domain' })).to.contain('xml-malformed');
  });

  it('refuses a name that a host has, and where a host is silent', async () => {
    await submit({ host: 'host1' });
    const error: unknown = await submit({ host: 'host2' }).catch((reason: unknown) => reason);
    expect(String((error as AggregateError).errors)).to.contain('host1 has a domain own already');
    const { fleet } = world;
    const without = world.without('host2');
    const silent = await failure(
      world.settle(
        submitVm(
          without,
          { image, file: OWN, xml, allow: new Set(), renewed: true, start: true, ignoreUnreachable: false },
          parts,
          world.task,
        ),
      ),
    );
    expect(silent.code).to.equal('host-unreachable');
    expect(fleet.hosts).to.have.length(2);
  });

  const failing: readonly Failures[] = [
    { define: 'before' },
    { define: 'after' },
    { start: 'before' },
    { start: 'after' },
  ];
  for (const failures of failing) {
    const [[call, when] = []] = Object.entries(failures);
    it(`leaves nothing behind where ${call} fails ${when} it has done its work`, async () => {
      Object.assign(world.failures, failures);
      expect((await failure(submit({ host: 'host1' }))).code).to.equal('hypervisor');
      expect(await world.left()).to.deep.equal([]);
    });
  }

  it('leaves nothing behind where Ctrl-C comes while the image is copied', async () => {
    const stop = () => world.abort.abort(new AttituneError('cancelled', 'Stopped.'));
    const task = { ...world.task, onProgress: (step: string) => step.includes('copying') && stop() };
    const defaults = {
      image,
      file: OWN,
      xml,
      allow: new Set<never>(),
      renewed: false,
      start: true,
      ignoreUnreachable: false,
    };
    const error = await failure(world.settle(submitVm(world.fleet, { ...defaults, host: 'host1' }, parts, task)));
    expect(error.code).to.equal('cancelled');
    expect(await world.left()).to.deep.equal([]);
  });

  it('refuses an image that changes while it is copied', async () => {
    const copy = join(folder, 'changing.qcow2');
    execFileSync('cp', [image, copy]);
    const task = {
      ...world.task,
      onProgress: (step: string) => {
        if (step.includes('copying')) appendFileSync(copy, 'something else');
      },
    };
    const defaults = {
      image: copy,
      file: OWN,
      xml,
      allow: new Set<never>(),
      renewed: false,
      start: true,
      ignoreUnreachable: false,
    };
    const submitting = failure(world.settle(submitVm(world.fleet, { ...defaults, host: 'host1' }, parts, task)));
    expect((await submitting).message).to.contain('changed while it was copied');
    expect(await world.left()).to.deep.equal([]);
  });
});
