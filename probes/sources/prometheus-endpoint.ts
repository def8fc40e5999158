import { AttituneError } from '../../core/model/errors.js';
import type { ProbeInstance, ProbeTarget } from '../../core/model/probe.js';
import { suggest } from '../../core/xml/suggest.js';
import { urlOf } from './component-url.js';
import { labelSelector } from './label-selector.js';
import { oneOf } from './own-metric.js';
import { AS, bodyOf, combined, refuseStale, timesOf } from './prometheus-settings.js';
import { metricsOf, samplesOf, type Sample } from './prometheus-text.js';
import { counterReading, ratesBetween, type CounterReading } from './series.js';

/** Reads a metric where a program tells its own. */
export function readEndpoint(target: ProbeTarget): ProbeInstance {
  const { metric = '', labels = '', as } = target.parameters;
  const isMeant = labelSelector(labels);
  const { staleMs, timeoutMs } = timesOf(target);
  const asRate = oneOf('as', as, AS) === 'rate';
  let former: CounterReading | undefined;
  return {
    read: async (signal) => {
      const url = urlOf(target, '/metrics');
      const text = bodyOf(await target.http.get(url, { timeoutMs, signal }), url);
      // an answer that came too late must not become what the next one is compared with
      if (signal.aborted) return undefined;
      const now = target.clock.now();
      const samples = samplesOf(text, metric).filter((sample) => isMeant(sample.labels));
      if (samples.length === 0) throw nothing(text, metric, labels, url);
      refuseStale(oldest(samples), now, staleMs, metric);
      if (!asRate) return combined(values(samples), target, metric);
      // counts of what is no number are of no use later either
      combined(values(samples), target, metric);
      const latter = counterReading(samples, now);
      const rates = ratesBetween(former, latter);
      former = latter;
      return rates && combined(rates, target, metric);
    },
  };
}

function values(samples: readonly Sample[]): readonly number[] {
  return samples.map(({ value }) => value);
}

function oldest(samples: readonly Sample[]): number | undefined {
  const times = samples.flatMap(({ at }) => at ?? []);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function nothing(text: string, metric: string, labels: string, url: string): AttituneError {
  const names = metricsOf(text);
  const message = names.includes(metric)
    ? `${url} has no series of ${metric} with ${labels}.`
    : `${url} has no metric "${metric}".${suggest(metric, names)}`;
  return new AttituneError('no-answer', message);
}
