import { expect } from 'chai';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AccessToken } from '../../../core/intake/access-token.js';
import { IntakeServer, type IntakePlace } from '../../../core/intake/intake-server.js';
import { isLoopback } from '../../../core/intake/intake-address.js';
import { RateBound } from '../../../core/intake/rate-bound.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { ask, intakeWorld, withFolder, type Reply } from './world.js';

const LOOPBACK: IntakePlace = { kind: 'tcp', address: { host: '127.0.0.1', port: 0 } };

async function served(
  place: IntakePlace,
  use: (at: string, world: ReturnType<typeof intakeWorld<SimulatedClock>>) => Promise<void>,
) {
  const world = intakeWorld(new SimulatedClock(1_700_000_000_000));
  const server = new IntakeServer(world.intake, place, world.clock);
  const { at } = await server.start();
  try {
    await use(at, world);
  } finally {
    await server.stop();
    await world.close();
  }
}

describe('intake over HTTP', () => {
  it('takes values, one or many, with their times or without', () =>
    served(LOOPBACK, async (at, { clock, pushed }) => {
      expect(await ask(at, 'POST', '/metrics/Worker_1/queue', '42\n')).to.deep.include({
        status: 200,
        text: '{"taken":1,"older":0}\n',
      });
      expect(pushed.get('Worker_1', 'queue')).to.deep.include({ value: 42, at: clock.now() });
      await clock.advance(5000);
      await ask(at, 'POST', '/metrics/Worker_1/queue', `7.5 ${clock.now() - 1000}`);
      expect(pushed.get('Worker_1', 'queue')).to.deep.include({ value: 7.5, at: clock.now() - 1000 });
      await ask(at, 'POST', '/metrics/Worker_1/queue', '{"value": 3}');
      const items = [
        { component: 'Worker_1', name: 'queue', value: 9, at: clock.now() - 4000 },
        { component: 'Worker_2', name: 'queue', value: 1 },
        { component: 'Store_1', name: 'size', value: 0 },
      ];
      expect((await ask(at, 'POST', '/metrics', JSON.stringify(items))).text).to.equal('{"taken":2,"older":1}\n');
      expect(pushed.get('Worker_1', 'queue')?.value).to.equal(3);
    }));

  it('takes events', () =>
    served(LOOPBACK, async (at, { events }) => {
      const body = JSON.stringify({ event: 'operator.grow', component: 'Worker_1', arg: 2, source: 'somebody else' });
      expect((await ask(at, 'POST', '/events', body)).text).to.equal('{"id":1}\n');
      expect(events).to.deep.equal([
        { event: 'operator.grow', component: 'Worker_1', arg: '2', source: 'HTTP from 127.0.0.1' },
      ]);
    }));

  it('refuses what is wrong, with a code and what to do, and takes nothing of it', () =>
    served(LOOPBACK, async (at, { clock, pushed, events }) => {
      const one = '/metrics/Worker_1/queue';
      const item = (change: object) => JSON.stringify([{ component: 'Worker_1', name: 'queue', value: 1 }, change]);
      const WRONG: readonly (readonly [string, string, string, number, string, string])[] = [
        ['POST', one, '', 400, 'value', 'is no number'],
        ['POST', one, 'NaN', 400, 'value', 'is no number'],
        ['POST', one, 'Infinity', 400, 'value', 'is no number'],
        ['POST', one, '1e999', 400, 'value', 'finite number'],
        ['POST', one, '-3', 400, 'value', 'from 0'],
        ['POST', one, '{"value": "3"}', 400, 'value', 'at value'],
        ['POST', one, '{"value": 3, "time": 3}', 400, 'value', 'time'],
        ['POST', one, '{"value"', 400, 'value', 'no JSON'],
        ['POST', one, `1 ${clock.now() + 60_000}`, 400, 'value', 'time to come'],
        ['POST', '/metrics/Worker_9/queue', '1', 404, 'unknown-component', 'Did you mean "Worker_1"?'],
        ['POST', '/metrics/Worker_1/queu', '1', 404, 'unknown-measure', 'Did you mean "queue"?'],
        ['POST', '/metrics/Store_1/queue', '1', 404, 'unknown-measure', 'There is: size.'],
        ['POST', '/metrics/%zz/queue', '1', 400, 'value', 'no part of a URL'],
        ['POST', '/metrics', '[]', 400, 'value', 'at least one'],
        ['POST', '/metrics', '{}', 400, 'value', 'wrong'],
        ['POST', '/metrics', item({ component: 'Worker_2', name: 'queue', value: -1 }), 400, 'value', 'from 0'],
        ['POST', '/metrics', item({ component: 'Worker_2', name: 'queue' }), 400, 'value', 'at 1.value'],
        ['POST', '/events', '{"event": "x", "component": "Worker_1"}', 404, 'unknown-event', 'no x'],
        ['POST', '/events', '{"event": "operator.x"}', 400, 'value', 'component'],
        ['POST', '/events', '{"event": "operator.x", "component": "a", "arg": {}}', 400, 'value', 'arg'],
        ['GET', '/events', '', 405, 'usage', 'takes POST'],
        ['DELETE', '/metrics', '', 405, 'usage', 'takes GET, POST'],
        ['GET', '/__proto__', '', 404, 'usage', 'There are: POST /metrics/COMPONENT/NAME'],
      ];
      for (const [method, path, body, status, code, message] of WRONG) {
        const reply = await ask(at, method, path, body);
        const what = `${method} ${path} ${body}: ${reply.text}`;
        expect(reply.status, what).to.equal(status);
        const { error } = JSON.parse(reply.text) as { error: { code: string; message: string } };
        expect(error.code, what).to.equal(code);
        expect(error.message, what).to.include(message);
      }
      expect(pushed.get('Worker_1', 'queue')).to.equal(undefined);
      expect(events).to.deep.equal([]);
      expect((await ask(at, 'GET', '/metrics')).text).to.include(`attitune_intake_refused_total ${WRONG.length}\n`);
    }));

  it('refuses long bodies, pages of the web, and names that are not its own', () =>
    served(LOOPBACK, async (at) => {
      const long = await ask(at, 'POST', '/metrics', ' '.repeat(300 * 1024)).catch((error: unknown) => error);
      // it may have been told before all of it was sent
      if (!(long instanceof Error)) expect(long).to.deep.include({ status: 413 });
      const chunked = await ask(at, 'POST', '/metrics', '', { 'Content-Length': String(2 ** 40) });
      expect(chunked.status).to.equal(413);
      expect((await ask(at, 'POST', '/metrics', '[]', { Origin: 'http://127.0.0.1' })).status).to.equal(403);
      expect((await ask(at, 'GET', '/metrics', '', { Host: 'evil.example' })).status).to.equal(421);
    }));

  it('bounds how often it is asked', async () => {
    const clock = new SimulatedClock();
    const bound = new RateBound(clock, 10, 3);
    expect([1, 2, 3, 4].map(() => bound.take())).to.deep.equal([true, true, true, false]);
    await clock.advance(100);
    expect([bound.take(), bound.take()]).to.deep.equal([true, false]);
    await served(LOOPBACK, async (at) => {
      const replies: Reply[] = [];
      for (let count = 0; count < 51; count += 1)
        replies.push(...(await Promise.all(Array.from({ length: 20 }, () => ask(at, 'GET', '/')))));
      const refused = replies.filter(({ status }) => status === 429);
      expect(refused.length).to.equal(20);
      expect(refused[0]?.headers['retry-after']).to.equal('1');
    });
  });

  it('asks for a token everywhere but on loopback', async () => {
    const world = intakeWorld(new SimulatedClock(1_700_000_000_000));
    const open: IntakePlace = { kind: 'tcp', address: { host: '0.0.0.0', port: 0 } };
    expect(() => new IntakeServer(world.intake, open, world.clock)).to.throw(AttituneError, '--intake-token');
    await world.close();
    const token = new AccessToken('0123456789abcdef');
    await served({ ...open, token }, async (at) => {
      const here = at.replace('0.0.0.0', '127.0.0.1');
      for (const authorization of [undefined, '', 'Bearer', 'Bearer 0123456789abcdeF', 'Basic 0123456789abcdef'])
        expect(
          (await ask(here, 'GET', '/metrics', '', authorization === undefined ? {} : { authorization })).status,
        ).to.equal(401);
      expect((await ask(here, 'GET', '/metrics', '', { authorization: 'Bearer 0123456789abcdef' })).status).to.equal(
        200,
      );
    });
  });

  it('takes its token from a file of its owner only', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'token');
      const code = () => {
        try {
          return AccessToken.fromFile(file).allows('Bearer 0123456789abcdef');
        } catch (error) {
          return (error as AttituneError).code;
        }
      };
      expect(code()).to.equal('file-not-found');
      await writeFile(file, 'short\n', { mode: 0o600 });
      expect(code()).to.equal('value');
      await writeFile(file, '0123456789abcdef\n');
      expect(code()).to.equal(true);
      await chmod(file, 0o644);
      expect(code()).to.equal('not-permitted');
    }));

  it('says that its port is taken', () =>
    served(LOOPBACK, async (at, world) => {
      const address = { host: '127.0.0.1', port: Number(new URL(at).port) };
      const second = new IntakeServer(world.intake, { kind: 'tcp', address }, world.clock);
      const error = await second.start().catch((reason: unknown) => reason);
      expect(AttituneError.is(error, 'port-in-use')).to.equal(true);
      await second.stop();
    }));
});

describe('intake over a Unix socket', () => {
  it('is for its owner, who is believed; one that was left is taken over, one that is used is not', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'web.sock');
      await writeFile(path, '');
      await served({ kind: 'socket', path }, async (at, world) => {
        expect((await stat(path)).mode & 0o777).to.equal(0o600);
        const body = JSON.stringify({ event: 'operator.x', component: 'Worker_1', source: 'alice' });
        expect((await ask(at, 'POST', '/events', body)).status).to.equal(200);
        expect(world.events[0]?.source).to.equal('alice');
        const second = new IntakeServer(world.intake, { kind: 'socket', path }, world.clock);
        const error = await second.start().catch((reason: unknown) => reason);
        expect(AttituneError.is(error, 'port-in-use')).to.equal(true);
        expect((await ask(at, 'GET', '/')).text).to.equal('{"deployment":"test"}\n');
      });
      expect(await stat(path).catch(() => undefined)).to.equal(undefined);
      const long: IntakePlace = { kind: 'socket', path: join(folder, 'x'.repeat(120)) };
      const error = await served(long, () => Promise.resolve()).catch((reason: unknown) => reason);
      expect(AttituneError.is(error, 'usage')).to.equal(true);
    }));
});

describe('addresses of the intake', () => {
  it('are of this machine only, or not', () => {
    expect(['localhost', '127.1.2.3', '::1'].every(isLoopback)).to.equal(true);
    expect(['0.0.0.0', '::', '10.0.0.1', 'host1', '127.evil.example'].some(isLoopback)).to.equal(false);
  });
});
