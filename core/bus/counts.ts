import type { BusCounts, DroppedMessage, DropReason } from '../model/member-bus.js';

/** What a member sent, received and dropped. */
export class Counts implements BusCounts {
  sent = 0;
  received = 0;
  readonly dropped: Record<DropReason, number> = {
    malformed: 0,
    oversized: 0,
    forged: 0,
    replayed: 0,
    skewed: 0,
    buffer: 0,
  };
  readonly lastDropped: Partial<Record<DropReason, DroppedMessage>> = {};

  drop(reason: DropReason, dropped: DroppedMessage, howMany = 1): void {
    this.dropped[reason] += howMany;
    this.lastDropped[reason] = dropped;
  }

  /** As it is now. */
  copy(): BusCounts {
    return {
      sent: this.sent,
      received: this.received,
      dropped: { ...this.dropped },
      lastDropped: { ...this.lastDropped },
    };
  }
}
