import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EventPipes } from '../../core/intake/event-pipes.js';
import type { EventNotice } from '../../core/intake/intake.js';
import { AttituneError } from '../../core/model/errors.js';
import type { HostAccess, Infrastructure } from '../../core/model/infrastructure.js';
import { parseWrapper } from '../../wrappers/language/read-wrapper.js';
import { XmlWrapper } from '../../wrappers/language/xml-wrapper.js';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';
import { eventually } from '../support/eventually.js';
import { caller, instance, localSystem } from '../support/local-system.js';

const run = promisify(execFile);

const WRAPPER = `<wrapper xmlns="urn:attitune:wrapper:1" name="worker">
  <method name="start" key="command" method="run"><param value="echo"/><param value="$tubeAddr"/></method>
</wrapper>`;

/** Two workers, of which the first uses the second, with pipes below a folder of the test. */
async function world(local: boolean) {
  const folder = await mkdtemp(join(tmpdir(), 'attitune-pipes-'));
  const { description } = parseWrapper(WRAPPER, join(folder, 'worker.wrapper.xml'));
  if (!description) throw new Error('the wrapper is wrong');
  const wrapper = new XmlWrapper(description);
  const {
    system,
    infrastructure: bare,
    close,
  } = localSystem(
    [
      { name: 'Worker', wrapper: 'worker' },
      { name: 'Store', wrapper: 'worker' },
    ],
    [{ name: 'stores', from: 'Worker', to: 'Store' }],
    [wrapper],
  );
  system.component('here').setAttribute('dirLocal', folder);
  const host = { ...bare.host('here'), local, executor: new LocalExecutor({ node: 'here' }) } as HostAccess;
  const infrastructure = { ...bare, kind: 'local', host: () => host } as Infrastructure;
  const [worker, store] = [instance(system, 'Worker'), instance(system, 'Store')];
  worker.bind('stores', store);
  for (const one of [worker, store]) {
    one.lifeCycle.enter('starting');
    await caller(system, infrastructure, one, wrapper).call('start');
    one.lifeCycle.enter('started');
  }
  const events: EventNotice[] = [];
  const troubles: string[] = [];
  const parts = {
    system,
    infrastructure,
    outside: {
      accept: (notice: EventNotice) => {
        if (notice.event === 'unheard') throw new AttituneError('unknown-event', 'nobody hears it');
        events.push(notice);
        return { id: 1, name: notice.event, component: notice.component, at: 0, why: '' };
      },
    },
    onTrouble: (component: string, text: string) => void troubles.push(`${component}: ${text}`),
  };
  const pipe = worker.attribute('tubeAddr');
  const leave = async () => {
    await close();
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, system, worker, store, pipe, parts, events, troubles, leave };
}

/** Waits until an expectation holds. */
const until = (expectation: () => unknown) =>
  eventually(
    () => {
      expectation();
      return Promise.resolve(true);
    },
    10_000,
    String(expectation),
  );

const say = (pipe: string, text: string) =>
  run('sh', ['-c', 'printf %b "$2" > "$1"', 'sh', pipe, text], { timeout: 10_000 });

for (const [way, local] of [
  ['of this machine', true],
  ['of another machine', false],
] as const) {
  describe(`event pipes ${way}`, function () {
    this.timeout(30_000);
    let here: Awaited<ReturnType<typeof world>>;
    let pipes: EventPipes;
    beforeEach(async () => {
      here = await world(local);
      pipes = new EventPipes(here.parts);
      pipes.start();
    });
    afterEach(async () => {
      await pipes.stop({ remove: true });
      await here.leave();
    });

    it('are pipes of their owner only', async () => {
      const { mode } = await stat(here.pipe);
      expect(mode & 0o777).to.equal(0o600);
      expect((await stat(here.pipe)).isFIFO()).to.equal(true);
      expect(here.pipe).to.equal(join(here.folder, 'test.pipes/Worker_1'));
    });

    it('bring events of the component, of what it is bound to, and of others, from writers that come and go', async () => {
      await say(here.pipe, 'grow;;2\\n');
      await say(here.pipe, 'fix;stores;Worker_1\\nfix;this.stores;a;b\\n');
      await say(here.pipe, 'fix;Store_1;\\nall;Worker;\\n');
      await until(() => expect(here.events.length).to.equal(5));
      expect(here.events.map(({ event, component, arg }) => [event, component, arg])).to.deep.equal([
        ['grow', 'Worker_1', '2'],
        ['fix', 'Store_1', 'Worker_1'],
        ['fix', 'Store_1', 'a;b'],
        ['fix', 'Store_1', undefined],
        ['all', 'Worker_1', undefined],
      ]);
      expect(here.events[0]?.source).to.equal('the event pipe of Worker_1');
      expect(here.troubles).to.deep.equal([]);
    });

    it('survive half lines, garbage and lines without end, and tell of them once', async () => {
      await say(here.pipe, 'gr');
      await say(here.pipe, 'ow;;1\\n');
      await say(here.pipe, 'no line of ours\\nunheard;;\\nmissing;Nowhere_1;\\n\\0377\\0376\\0000;;\\n');
      await run('sh', ['-c', 'head -c 300000 /dev/zero | tr "\\0" x > "$1"; echo >> "$1"', 'sh', here.pipe]);
      await say(here.pipe, 'end;;\\n');
      await until(() => expect(here.events.map(({ event }) => event)).to.deep.equal(['grow', 'end']));
      expect(here.troubles.length).to.equal(1);
      // what waits on another machine comes all at once
      expect(here.troubles[0]).to.match(
        /^Worker_1: a line of its event pipe refused: ("no line of ours" is no line such as|a line is longer)/,
      );
    });

    it('are bounded in how many events they bring', async () => {
      await run('sh', ['-c', 'i=0; while [ $i -lt 300 ]; do echo "e;;$i"; i=$((i+1)); done > "$1"', 'sh', here.pipe]);
      await until(() => expect(here.events.length).to.be.at.least(100));
      await until(() => expect(here.troubles.length).to.equal(1));
      expect(here.events.length).to.be.below(200);
      expect(here.troubles[0]).to.include('more than 20 a second');
    });

    it('go on with another manager, and what was written meanwhile is not lost', async () => {
      await say(here.pipe, 'first;;\\n');
      await until(() => expect(here.events.length).to.equal(1));
      await pipes.stop({ remove: false });
      // where nobody holds the pipe open, its writer waits
      const writer = say(here.pipe, 'meanwhile;;\\n');
      pipes = new EventPipes(here.parts);
      pipes.start();
      await writer;
      await until(() => expect(here.events.map(({ event }) => event)).to.deep.equal(['first', 'meanwhile']));
    });

    it('are made anew where they were taken away, and are gone with their component', async () => {
      const { system, worker, pipe, folder } = here;
      await say(pipe, 'first;;\\n');
      await until(() => expect(here.events.length).to.equal(1));
      worker.lifeCycle.enter('stopping');
      worker.lifeCycle.enter('stopped');
      system.remove(worker);
      await until(() => expect(existsSync(pipe)).to.equal(false));
      await pipes.stop({ remove: true });
      await until(() => expect(existsSync(join(folder, 'test.pipes'))).to.equal(false));
      const { stdout } = await run('sh', [
        '-c',
        'grep -lzF -- "$1" /proc/[0-9]*/cmdline 2>/dev/null || true',
        'sh',
        pipe,
      ]);
      const others = stdout.split('\n').filter((line) => line !== '' && !/self/.test(line));
      for (const file of others) {
        const line = await readFile(file, 'utf8').catch(() => '');
        expect(line, 'a reader that was left').to.not.include('while IFS=');
      }
    });
  });
}

describe('an event pipe that cannot be made', () => {
  it('is told, where a folder of somebody else is in its place', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const here = await world(true);
    try {
      await run('chown', ['nobody', join(here.folder, 'test.pipes')]);
      const { description } = parseWrapper(WRAPPER, 'worker.wrapper.xml');
      if (!description) throw new Error('the wrapper is wrong');
      const { system, parts, store } = here;
      const error = await caller(system, parts.infrastructure, store, new XmlWrapper(description))
        .call('start')
        .catch((reason: unknown) => reason as Error);
      expect(String(error)).to.include('test.pipes belongs to somebody else');
    } finally {
      await here.leave();
    }
  });

  it('replaces a file in its place', async () => {
    const here = await world(true);
    try {
      await rm(here.pipe);
      await writeFile(here.pipe, '');
      await appendFile(here.pipe, 'x');
      const { description } = parseWrapper(WRAPPER, 'worker.wrapper.xml');
      if (!description) throw new Error('the wrapper is wrong');
      await caller(here.system, here.parts.infrastructure, here.worker, new XmlWrapper(description)).call('start');
      expect((await stat(here.pipe)).isFIFO()).to.equal(true);
    } finally {
      await here.leave();
    }
  });
});
