import type { Command } from 'commander';
import pc from 'picocolors';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { parseDurationMs } from '../../model/quantity.js';
import { readEvents } from '../chart/read-events.js';
import { runChart, type ChartLine, type ChartRun } from '../chart/run-chart.js';
import { DiagramEngines } from '../diagram-engines.js';
import { interruptible } from '../interrupt.js';
import { exitCodeOf, type Terminal } from '../terminal.js';

interface ChartOptions {
  readonly events?: string;
  readonly simulatedClock?: boolean;
  readonly for: string;
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
    .option('--for <duration>', 'how long to go on after the last event, while timers are set', '1 h')
    .option('--json', 'print {status, configuration, data, log, operations} to standard output')
    .action(async (file: string, options: ChartOptions) => {
      // as the standard has it: an error that no transition takes is ignored
      const engine = new DiagramEngines(new ScxmlEngine({ unhandledErrors: 'ignore' }));
      const { diagram, errors } = engine.read(file);
      if (!diagram) throw new AggregateError(errors);
      const events = options.events === undefined ? [] : readEvents(options.events);
      const forMs = parseDurationMs(options.for);
      const run = await interruptible(
        () => undefined,
        (signal) =>
          runChart(engine, diagram, {
            events,
            simulatedClock: options.simulatedClock === true,
            forMs,
            signal,
            onLine: (line) => {
              if (options.json !== true) terminal.say(lineText(line));
            },
          }),
      );
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
