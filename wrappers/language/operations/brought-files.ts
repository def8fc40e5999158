import { randomBytes } from 'node:crypto';
import type { Component } from '../../../core/model/component.js';
import { ensureFiles } from '../../../core/model/ensure-files.js';
import { AttituneError } from '../../../core/model/errors.js';
import { parseInteger } from '../../../core/model/quantity.js';
import { options, text, type StepContext, type StepResult } from './step.js';

const OWNER_ONLY = 0o400;

/** A secret is random to everybody: it comes from the system's own source, not from an injected one. */
export async function makeSecret(step: StepContext): Promise<StepResult> {
  const path = text(step, 0);
  const { given } = options(step, ['bytes'], 1);
  const bytes = parseInteger(given.bytes?.[0] ?? '48', undefined, { min: 32, max: 512 });
  const present = await step.executor.get(path);
  if (present !== undefined && present !== '') return { changed: false };
  await step.executor.put(path, randomBytes(bytes).toString('base64url'), OWNER_ONLY);
  return { changed: true };
}

/** Throws `unknown-component` where the way leads nowhere or to several, `operation-failed` where the file is not there. */
export async function fetchFile(step: StepContext): Promise<StepResult> {
  const [way, there, here] = [text(step, 0), text(step, 1), text(step, 2)];
  const { given } = options(step, ['mode'], 3);
  const mode = modeOf(given.mode?.[0] ?? '0644');
  const source = reached(step.component, way);
  const executor = step.executorOf?.(source);
  if (!executor) throw new AttituneError('internal', `nothing can be fetched from ${source.name} here.`);
  const content = await executor.get(there);
  if (content === undefined)
    throw new AttituneError('operation-failed', `${source.name} has no file ${there}. Configure ${source.name} first.`);
  const changed = await ensureFiles(step.executor, [{ path: here, content, mode }]);
  return { changed: changed.length > 0, from: source.name };
}

function reached(from: Component, way: string): Component {
  let found: readonly Component[] = [from];
  for (const segment of way.split('.')) found = found.flatMap((one) => one.lookup(segment.trim()));
  const [source, ...others] = found;
  if (source && others.length === 0) return source;
  throw new AttituneError(
    'unknown-component',
    `"${way}" leads to ${found.length === 0 ? 'no component' : `${found.length} components`} from ${from.name} now; a file is fetched from one.`,
  );
}

function modeOf(octal: string): number {
  if (/^0?[0-7]{3}$/.test(octal)) return parseInt(octal, 8);
  throw new AttituneError('value', `mode:${octal} is no mode of a file, such as 0644.`);
}
