import pc from 'picocolors';
import type { JournalEntry } from '../../model/administration.js';

/** Entries of the journal as lines for people. Pure. */

export function entryLine({ id, at, kind, subject, text, cause }: JournalEntry): string {
  const after = cause === undefined ? '' : pc.dim(` (after ${cause})`);
  const about = text.includes(subject) ? '' : `${subject}: `;
  return `${pc.dim(timeOf(at))}  ${String(id).padStart(5)}  ${kind.padEnd(10)}  ${about}${text}${after}`;
}

/** `2026-11-22 00:30:01.250Z`: in universal time, so that it can be compared with any log. */
export function timeOf(at: number): string {
  return new Date(at).toISOString().replace('T', ' ');
}

export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

export function share(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '–' : `${Math.round(value * 100)} %`;
}
