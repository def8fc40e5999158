import type { Command } from 'commander';
import pc from 'picocolors';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { AttituneError } from '../../model/errors.js';
import { parseDurationMs } from '../../model/quantity.js';
import { readEvents } from '../chart/read-events.js';
import { runChart, type ChartLine, type ChartRun } from '../chart/run-chart.js';
import { DiagramEngines } from '../diagram-engines.js';
import { interruptible } from '../interrupt.js';
import { exitCodeOf, type Terminal } from '../terminal.js';
import { port } from './options.js';

interface ChartOptions {
  readonly events?: string;
  readonly simulatedClock?: boolean;
  readonly for: string;
  readonly http?: number;
  readonly json?: boolean;
}

export function chartCommand(program: Command, terminal: Terminal): void {
  program
    .command('chart')
    .description(
      'run one diagram alone, without a system: what it does is told, and its operations are not carried out',
    )
    .argument('<diagram>', '*.scxml or *.diagram.ts')
    .option(
      '--events <file>',
      'what to send it: a line each, as "NAME" or "NAME JSON", with "wait 5 s" between them; or a JSON array of {"event", "data", "after"}. What comes of an operation is an event, too: done.invoke.ID or error.execution',
    )
    .option('--simulated-clock', 'let time pass as fast as it goes')
    .option('--for <duration>', 'how long to go on after the last event, while timers are set or --http is open', '1 h')
    .option(
      '--http <port>',
      'take events on this machine by HTTP as well (the Basic HTTP processor); 0 takes any port',
      port,
    )
    .option('--json', 'print {status, configuration, data, log, operations} to standard output')
    .action(async (file: string, options: ChartOptions) => {
      // as the standard has it: an error that no transition takes is ignored
      const scxml = new ScxmlEngine({ unhandledErrors: 'ignore' });
      const engine = new DiagramEngines(scxml);
      const { diagram, errors } = engine.read(file);
      if (!diagram) throw new AggregateError(errors);
      const events = options.events === undefined ? [] : readEvents(options.events);
      const forMs = parseDurationMs(options.for);
      const simulatedClock = options.simulatedClock === true;
      if (options.http !== undefined && simulatedClock)
        throw new AttituneError('usage', '--http takes events in real time: leave --simulated-clock out.');
      const http = options.http === undefined ? undefined : await scxml.openHttp({ port: options.http });
      if (http) terminal.say(`POST events to ${http.locationOf(diagram.name)}, as _scxmleventname=NAME; Ctrl-C ends.`);
      const onLine = (line: ChartLine) => {
        if (options.json !== true) terminal.say(lineText(line));
      };
      const run = await interruptible(
        () => undefined,
        (signal) =>
          runChart(engine, diagram, { events, simulatedClock, forMs, open: http !== undefined, signal, onLine }),
      ).finally(() => scxml.closeHttp());
      if (options.json === true) terminal.json(plain(run));
      else terminal.result(summary(run));
      if (run.error) {
        terminal.errors([run.error]);
        process.exitCode = exitCodeOf([run.error]);
      }
    });
}

function lineText({ at, kind, text }: ChartLine): string {
  return `${pc.dim(`${(at / 1000).toFixed(3).padStart(9)} s  ${kind.padEnd(9)}`)} ${text}`;
}

function summary({ status, configuration, data, output }: ChartRun): string {
  return [
    `${status}: ${configuration.join(' ')}`,
    ...Object.entries(data).map(([name, value]) => `  ${name} = ${JSON.stringify(value)}`),
    ...(output === undefined ? [] : [`  output: ${JSON.stringify(output)}`]),
  ].join('\n');
}

function plain({ error, ...run }: ChartRun): unknown {
  return error ? { ...run, error: { code: error.code, message: error.message } } : run;
}
