import type { JournalEntry } from '../../../core/model/administration.js';

/** What a manager that runs as a process of its own says to the test. */
export interface FromManager {
  readonly ready?: true;
  readonly entry?: JournalEntry;
  readonly failure?: string;
}

/** What the test says to it. */
export interface ToManager {
  readonly raise: { readonly name: string; readonly component: string; readonly arg?: string };
}
