import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'node:http';
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { Intake, type EventNotice } from '../../../core/intake/intake.js';
import { NewestReadings } from '../../../core/intake/newest-readings.js';
import { PushedReadings } from '../../../core/intake/pushed-readings.js';
import type { Clock } from '../../../core/model/clock.js';
import type { ProbeUse } from '../../../core/model/deployment.js';
import { AttituneError } from '../../../core/model/errors.js';
import { instance, localSystem } from '../../support/local-system.js';

const PLACE = { file: 'test', line: 1, column: 1 };

function pushProbe(name: string, of: string): ProbeUse {
  return { name, measure: 'push', of, everyMs: 1000, parameters: {}, detectors: [], place: PLACE };
}

/** A system of two workers on this machine, with a push probe `queue` of them. */
export function intakeWorld<C extends Clock>(clock: C) {
  const bus = new MemoryBus();
  const { system, close } = localSystem([
    { name: 'Worker', wrapper: 'worker' },
    { name: 'Store', wrapper: 'worker' },
  ]);
  const worker = instance(system, 'Worker');
  instance(system, 'Worker');
  instance(system, 'Store');
  const deployment = { ...system.deployment, probes: [pushProbe('queue', 'Worker'), pushProbe('size', 'Store')] };
  const events: EventNotice[] = [];
  const outside = {
    accept: (notice: EventNotice) => {
      if (!notice.event.startsWith('operator.')) throw new AttituneError('unknown-event', `no ${notice.event}`);
      events.push(notice);
      return { id: events.length, name: notice.event, component: notice.component, at: clock.now(), why: '' };
    },
  };
  const pushed = new PushedReadings();
  const readings = new NewestReadings(bus);
  const intake = new Intake({ clock, deployment, system, outside, pushed, readings, realTime: true });
  return { clock, bus, system, worker, events, pushed, intake, close };
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** One request, over TCP or a Unix socket, with any headers. */
export function ask(
  at: string,
  method: string,
  path: string,
  body = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const where = at.startsWith('/')
    ? { socketPath: at }
    : { host: new URL(at).hostname.replace(/[[\]]/g, ''), port: new URL(at).port };
  return new Promise((resolve, reject) => {
    const call = request({
      ...where,
      method,
      path,
      headers: { 'Content-Length': Buffer.byteLength(body), ...headers },
    });
    call.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
    });
    call.once('error', reject);
    call.end(body);
  });
}

export async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'attitune-intake-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
