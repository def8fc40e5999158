import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSessionToken } from '../../core/bus/session-token.js';

const folder = mkdtempSync(join(tmpdir(), 'attitune-token-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

/** The token of buses without certificates in tests, which commands that they start find by the environment. */
export const BUS_TOKEN_FILE = join(folder, 'bus-token');
export const BUS_TOKEN = await ensureSessionToken(BUS_TOKEN_FILE);
process.env['ATTITUNE_BUS_TOKEN'] = BUS_TOKEN_FILE;
