import * as v from 'valibot';
import { AttituneError } from '../../core/model/errors.js';
import type { HttpResponse } from '../../core/model/executor.js';
import type { ProbeInstance, ProbeTarget } from '../../core/model/probe.js';
import { withAttributes } from './attribute-text.js';
import { combined, refuseStale, timesOf } from './prometheus-settings.js';

const POINT = v.tuple([v.number(), v.string()]);
/** What `/api/v1/query` answers; see prometheus.io/docs/prometheus/latest/querying/api. */
const ANSWER = v.variant('status', [
  v.object({ status: v.literal('error'), error: v.string() }),
  v.object({
    status: v.literal('success'),
    data: v.variant('resultType', [
      v.object({ resultType: v.literal('vector'), result: v.array(v.object({ value: POINT })) }),
      v.object({ resultType: v.literal('scalar'), result: POINT }),
      v.object({ resultType: v.literal('matrix') }),
      v.object({ resultType: v.literal('string') }),
    ]),
  }),
]);

/**
 * Asks a Prometheus server. It answers a query with samples of up to five minutes ago under the time of the query, so it
 * is asked for `timestamp(QUERY)` too; of what is computed, such as `rate(…)`, that is the time of the query.
 */
export function readServer(target: ProbeTarget): ProbeInstance {
  const { server = '', query = '' } = target.parameters;
  const { staleMs, timeoutMs } = timesOf(target);
  return {
    read: async (signal) => {
      const text = withAttributes(query, target);
      const ask = (expression: string) => target.http.get(urlFor(server, expression), { timeoutMs, signal });
      const [answer, times] = await Promise.all([ask(text), ask(`timestamp(${text})`)]);
      const values = valuesOf(answer, server);
      if (values.length === 0) throw new AttituneError('no-answer', `${server} has no sample for ${text} now.`);
      // of a scalar there is no timestamp, and it needs none
      const seconds = times.status === 200 ? valuesOf(times, server) : [];
      const at = seconds.length > 0 ? Math.min(...seconds) * 1000 : undefined;
      refuseStale(at, target.clock.now(), staleMs, text);
      return combined(values, target, text);
    },
  };
}

function urlFor(server: string, query: string): string {
  return `${server.replace(/\/+$/, '')}/api/v1/query?query=${encodeURIComponent(query)}`;
}

function valuesOf({ status, body }: HttpResponse, server: string): readonly number[] {
  const answer = v.safeParse(ANSWER, parsed(body));
  if (!answer.success) {
    const what = status === 200 ? 'with what is no answer of Prometheus' : `with status ${status}`;
    throw new AttituneError('protocol', `${server} answered ${what}.`);
  }
  if (answer.output.status === 'error') {
    throw new AttituneError('operation-failed', `${server} refuses the query: ${answer.output.error}`);
  }
  const { data } = answer.output;
  if (data.resultType === 'vector') return data.result.map(({ value }) => Number(value[1]));
  if (data.resultType === 'scalar') return [Number(data.result[1])];
  throw new AttituneError('value', `The query gives a ${data.resultType}; it must give a number for each series.`);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
