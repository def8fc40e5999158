import { AttituneError, type ErrorCode } from '../model/errors.js';
import type { Intake } from './intake.js';
import { OPEN_METRICS_TYPE } from './open-metrics.js';
import { batch, eventNotice, oneValue } from './requests.js';

export interface IntakeAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface IntakeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly body: string;
  /** Who asks, for the journal. */
  readonly from: string;
  /** True where what a request says of its source is believed. */
  readonly trusted: boolean;
}

type Handler = (intake: Intake, request: IntakeRequest, parts: readonly string[]) => unknown;

interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Handler>>;
}

/** What a handler of `GET /metrics` gives: a text rather than data. */
class Text {
  constructor(
    readonly type: string,
    readonly body: string,
  ) {}
}

const ROUTES: readonly Route[] = [
  {
    path: /^\/metrics\/([^/]+)\/([^/]+)$/,
    methods: {
      POST: (intake, { body }, [component = '', name = '']) => intake.push([oneValue(body, component, name)]),
    },
  },
  {
    path: /^\/metrics$/,
    methods: {
      GET: (intake) => new Text(OPEN_METRICS_TYPE, intake.metrics()),
      POST: (intake, { body }) => intake.push(batch(body)),
    },
  },
  {
    path: /^\/events$/,
    methods: {
      POST: (intake, { body, from, trusted }) => {
        const { event, component, arg, source } = eventNotice(body);
        const told = trusted && source !== undefined ? source : from;
        return intake.emit({ event, component, ...(arg === undefined ? {} : { arg }), source: told });
      },
    },
  },
  {
    path: /^\/ask\/([a-z.]{1,40})$/,
    methods: {
      POST: (intake, { body, trusted, from }, [question = '']) => {
        if (trusted) return intake.ask(question, body, from);
        throw new AttituneError(
          'not-permitted',
          'Only programs of this machine, and members of the bus, may ask that.',
        );
      },
    },
  },
  { path: /^\/$/, methods: { GET: (intake) => ({ deployment: intake.name }) } },
];

/** Statuses of the errors that a request may meet; of others it is 500. */
const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  value: 400,
  'unknown-component': 404,
  'unknown-measure': 404,
  'unknown-event': 404,
  'illegal-life-cycle': 409,
  protocol: 400,
  'not-permitted': 403,
  'unknown-host': 404,
  'unknown-operation': 404,
};

/** Answers one request; never throws. */
export function answer(intake: Intake, request: IntakeRequest): IntakeAnswer {
  const { method, path } = request;
  for (const route of ROUTES) {
    const match = route.path.exec(path);
    if (!match) continue;
    const handler = Object.hasOwn(route.methods, method) ? route.methods[method] : undefined;
    if (!handler) {
      const allowed = Object.keys(route.methods).join(', ');
      const message = `${path} takes ${allowed}, not ${method}.`;
      return { ...failure(405, 'usage', message), headers: { Allow: allowed } };
    }
    try {
      const result = handler(intake, request, match.slice(1).map(decoded));
      return result instanceof Text ? { status: 200, type: result.type, body: result.body } : json(200, result);
    } catch (error) {
      const { code, message } = AttituneError.from(error);
      return failure(STATUS[code] ?? 500, code, message);
    }
  }
  const paths = 'POST /metrics/COMPONENT/NAME, POST /metrics, POST /events, GET /metrics';
  return failure(404, 'usage', `There is nothing at ${path.slice(0, 100)}. There are: ${paths}.`);
}

export function failure(status: number, code: ErrorCode, message: string): IntakeAnswer {
  return json(status, { error: { code, message } });
}

function json(status: number, data: unknown): IntakeAnswer {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(data)}\n` };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw new AttituneError('value', `"${part.slice(0, 100)}" is no part of a URL.`, { cause: error });
  }
}
