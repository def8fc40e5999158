/** What `_event` shows of an event (SCXML 5.10.1). */
export interface EventView {
  readonly name: string;
  readonly type: 'platform' | 'internal' | 'external';
  readonly data?: unknown;
  /** Only where the author gave the `<send>` an id. */
  readonly sendid?: string | undefined;
  readonly origin?: string | undefined;
  readonly origintype?: string | undefined;
  readonly invokeid?: string | undefined;
  /** Of a message that came by HTTP: the request as text. */
  readonly raw?: string | undefined;
}
