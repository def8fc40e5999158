import { AttituneError } from '../../../core/model/errors.js';
import type { Text } from '../chart/content.js';
import type { EcmascriptDataModel } from '../ecmascript/data-model.js';
import type { ChartEvent, Effect } from './chart-state.js';

/** What executable content may do; implemented by the macrostep that runs it. */
export interface ContentScope {
  readonly data: EcmascriptDataModel;
  readonly sessionId: string;
  /** The state whose content runs, for messages. */
  readonly state: string;
  readonly hasHttp: boolean;
  /** Whether a session is there under `#_parent`, `#_scxml_ID` or `#_INVOKEID`. */
  canReach(target: string): boolean;
  raise(event: ChartEvent): void;
  effect(effect: Effect): void;
  newId(prefix: string): string;
}

/** Raises `error.execution` or `error.communication` for something that failed. */
export function raiseError(
  scope: Pick<ContentScope, 'raise'>,
  cause: AttituneError,
  name = 'error.execution',
  sendid?: string,
): void {
  scope.raise({ name, type: 'platform', data: { code: cause.code, message: cause.message }, sendid, cause });
}

/** A failure that has another event than `error.execution`, or belongs to a `<send>`. */
export class ContentError extends Error {
  override readonly cause: AttituneError;
  constructor(
    cause: unknown,
    override readonly name = 'error.execution',
    readonly sendid?: string,
  ) {
    super('executable content failed');
    this.cause = AttituneError.from(cause, 'diagram-failed');
  }
}

/** The value of a constant or of an expression, as a string. */
export function textValue(text: Text, data: EcmascriptDataModel): string | undefined {
  return text === undefined || typeof text === 'string' ? text : String(data.evaluate(text));
}
