import { injectable } from 'inversify';
import { AttituneError, type SourcePlace } from '../core/model/errors.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import { parseDurationMs } from '../core/model/quantity.js';
import { checkUrlParameters, urlOf } from './sources/component-url.js';
import { checkDuration, oneOf } from './sources/own-metric.js';
import { BEAN_PATH, parseBean } from './sources/tomcat-status.js';

const AS = ['threads', 'share'] as const;
const DEFAULT_TIMEOUT = '2 s';

/**
 * How many threads of a Tomcat are busy with requests: what it is short of under load, whatever its CPU does. Tomcat tells it
 * by its own JMX proxy, where the wrapper put it, for its own HTTP connector. Where it is asked on that connector, the thread
 * that answers does not count; a `statusPort` of its own answers also when all others are busy.
 */
@injectable()
export class BusyThreadsProbe implements Probe {
  readonly measure = 'busy-threads';
  readonly description = 'How many threads of a Tomcat are busy with requests, or which share of all it may have.';
  readonly unit = 'threads';
  /** What matters is what it can still answer over the network. */
  readonly central = true;
  readonly parameters = [
    { name: 'as', required: false, description: '"threads", or "share" of all it may have. Default: "threads".' },
    {
      name: 'port',
      required: false,
      description: 'Where it is asked. Default: the attribute "statusPort" of the component, else "port", else 80.',
    },
    {
      name: 'timeout',
      required: false,
      description: `After this long it has not answered. Default: "${DEFAULT_TIMEOUT}".`,
    },
  ];

  unitOf({ as }: Readonly<Record<string, string>>): string {
    return as === 'share' ? 'ratio' : 'threads';
  }

  check(parameters: Readonly<Record<string, string>>, place: SourcePlace): void {
    checkUrlParameters(parameters, place);
    oneOf('as', parameters['as'], AS, place);
    checkDuration('timeout', parameters['timeout'], place);
  }

  attach(target: ProbeTarget): ProbeInstance {
    const as = oneOf('as', target.parameters['as'], AS);
    const timeoutMs = parseDurationMs(target.parameters['timeout'] ?? DEFAULT_TIMEOUT);
    const ask = async (attribute: string, signal: AbortSignal): Promise<number> => {
      const url = urlOf(asked(target, attribute));
      const { status, body } = await target.http.get(url, { timeoutMs, signal });
      if (status !== 200) {
        const why = status === 404 ? ' Configure and restart it: its wrapper puts the page there.' : '';
        throw new AttituneError('operation-failed', `${url} was answered with status ${status}.${why}`);
      }
      return parseBean(body, attribute, url);
    };
    return {
      read: async (signal) => {
        const itself = portOf(target) === servingPort(target) ? 1 : 0;
        const busy = Math.max(0, (await ask('currentThreadsBusy', signal)) - itself);
        if (as === 'threads') return busy;
        const most = (await ask('maxThreads', signal)) - itself;
        // a pool of one thread, which is the one that answers, tells nothing
        return most > 0 ? busy / most : undefined;
      },
    };
  }
}

/** The connector that serves requests, whose threads count. */
function servingPort({ component }: ProbeTarget): string {
  return component.attributes.get('port') ?? '80';
}

function portOf(target: ProbeTarget): string {
  const own = target.component.attributes.get('statusPort') ?? '';
  return target.parameters['port'] ?? (own === '' ? servingPort(target) : own);
}

/** The target as it is asked for one attribute of its thread pool. */
function asked(target: ProbeTarget, attribute: string): ProbeTarget {
  const path = BEAN_PATH(servingPort(target), attribute);
  return { ...target, parameters: { port: portOf(target), path } };
}
