/** One operation, on one component or several at once. */
export interface ComponentCall {
  readonly operation: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly key: string;
  /** True where a former manager died during the call. */
  readonly resumed?: boolean;
  readonly signal: AbortSignal;
}
