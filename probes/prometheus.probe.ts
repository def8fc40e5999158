import { injectable } from 'inversify';
import { AttituneError, type SourcePlace } from '../core/model/errors.js';
import type { Probe, ProbeInstance, ProbeTarget } from '../core/model/probe.js';
import { readEndpoint } from './sources/prometheus-endpoint.js';
import { readServer } from './sources/prometheus-server.js';
import { checkUrl, checkUrlParameters } from './sources/component-url.js';
import { labelSelector } from './sources/label-selector.js';
import { checkDuration, checkUnit, oneOf, UNIT_PARAMETER, unitOf } from './sources/own-metric.js';
import { AS, COMBINATIONS, DEFAULT_STALE, DEFAULT_TIMEOUT } from './sources/prometheus-settings.js';

const OF_ENDPOINT = ['url', 'port', 'path', 'metric', 'labels', 'as'] as const;
const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** A metric of a Prometheus endpoint, or what a Prometheus server answers to a query. */
@injectable()
export class PrometheusProbe implements Probe {
  readonly measure = 'prometheus';
  readonly description = "A metric of a Prometheus endpoint, or a Prometheus server's answer to a query.";
  readonly unit = '';
  readonly unitOf = unitOf;
  readonly parameters = [
    {
      name: 'url',
      required: false,
      description: 'The endpoint; absent: made of the address of the component, port and path.',
    },
    { name: 'port', required: false, description: 'Default: the attribute "port" of the component, else 80.' },
    { name: 'path', required: false, description: 'Default: "/metrics".' },
    { name: 'metric', required: false, description: 'The name of the metric at the endpoint.' },
    { name: 'labels', required: false, description: "Its series, such as queue='mail',state!='idle'. Default: all." },
    {
      name: 'as',
      required: false,
      description: '"value", or "rate": how much a counter grows a second. Default: "value".',
    },
    {
      name: 'combine',
      required: false,
      description: 'What several series become: "sum", "avg", "max" or "min". Needed where there is more than one.',
    },
    { name: 'server', required: false, description: 'URL of a Prometheus server, instead of an endpoint.' },
    {
      name: 'query',
      required: false,
      description: 'The instant query (PromQL) for the server; $name is an attribute of the component.',
    },
    {
      name: 'stale',
      required: false,
      description: `A sample that is older is no reading. Default: "${DEFAULT_STALE}".`,
    },
    UNIT_PARAMETER,
    { name: 'timeout', required: false, description: `For an answer. Default: "${DEFAULT_TIMEOUT}".` },
  ];

  check(parameters: Readonly<Record<string, string>>, place: SourcePlace): void {
    const { server, query, metric, labels = '', as, combine, stale, timeout } = parameters;
    checkUnit(parameters, place);
    checkDuration('stale', stale, place);
    checkDuration('timeout', timeout, place);
    if (combine !== undefined) oneOf('combine', combine, COMBINATIONS, place);
    if (server === undefined && query === undefined) {
      checkUrlParameters(parameters, place);
      oneOf('as', as, AS, place);
      labelSelector(labels, place);
      if (metric === undefined) throw wrong('A probe of an endpoint needs metric="…", the name of one.', place);
      if (!METRIC.test(metric)) throw wrong(`Parameter metric: "${metric}" is no name of a metric.`, place);
      return;
    }
    const foreign = OF_ENDPOINT.find((name) => parameters[name] !== undefined);
    if (foreign !== undefined) throw wrong(`${foreign} is for an endpoint, server and query are for a server.`, place);
    if (server === undefined || query === undefined || query.trim() === '') {
      throw wrong('A probe of a Prometheus server needs both server="URL" and query="…".', place);
    }
    checkUrl(server, 'server', place);
  }

  attach(target: ProbeTarget): ProbeInstance {
    return target.parameters['server'] === undefined ? readEndpoint(target) : readServer(target);
  }
}

function wrong(message: string, place: SourcePlace): AttituneError {
  return new AttituneError('value', message, { place });
}
