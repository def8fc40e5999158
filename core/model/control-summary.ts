/** What people must know before they rely on a system to act by itself. */
export interface ControlSummary {
  /** Nothing is begun any more until somebody says `resume`. */
  readonly held?: { readonly at: number; readonly by: string; readonly reason?: string };
  /** Questions that wait for an administrator. */
  readonly pending: number;
  /** `shadow`: it watches and tells; `dry-run`: it tells what it would do. */
  readonly watching?: 'shadow' | 'dry-run';
}
