import { AttituneError } from '../../../core/model/errors.js';
import { CONFIGURATION } from './configuration.js';
import { startProcess } from './process.js';
import { environment, text, type StepContext, type StepTable } from './step.js';

const started = (waits: boolean) => (step: StepContext) => {
  const [program, ...args] = splitCommandLine(text(step, 0));
  if (program === undefined) throw new AttituneError('value', 'the command line is empty.');
  const rest = step.parameters.slice(1).map((parameter) => parameter.text);
  const variables = rest.filter((parameter) => /^\w+=/.test(parameter));
  const waitFor = rest.find((parameter) => !/^\w+=/.test(parameter));
  if (waits && waitFor === undefined) throw new AttituneError('value', 'the file to wait for is missing.');
  return startProcess(step, {
    argv: [program, ...args],
    env: environment(variables),
    ...(waits && waitFor !== undefined ? { waitFor } : {}),
  });
};

const start = (waits: boolean) => ({
  description: waits ? 'Starts a command line and waits until a file appears.' : 'Starts a command line.',
  usage: waits ? 'command line, file, NAME=value …' : 'command line, NAME=value …',
  minimum: waits ? 2 : 1,
  idempotent: true,
  run: started(waits),
});

/** TUNe's `extension.GenericStart`. The id that it reported as an event is kept in the attribute `pid`. */
export const GENERIC_START: StepTable = {
  start: start(false),
  start_with_pid_linux: start(false),
  start_with_pid_linux_wait_file: start(true),
};

/** TUNe's `extension.GenericConfigurePlainText`. */
export const GENERIC_CONFIGURE_PLAIN_TEXT: StepTable = {
  configure: CONFIGURATION['upsert'] as StepTable[string],
  configureList: CONFIGURATION['append'] as StepTable[string],
};

/** The words of a command line: quotes hold words together, a backslash takes the next character as it is. */
export function splitCommandLine(line: string): string[] {
  const words: string[] = [];
  const word = /(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/gy;
  let at = 0;
  while (at < line.length) {
    const blank = /\s*/y;
    blank.lastIndex = at;
    blank.test(line);
    at = blank.lastIndex;
    if (at >= line.length) break;
    word.lastIndex = at;
    const match = word.exec(line);
    if (!match) throw new AttituneError('value', `a quote is not closed in "${line}".`);
    words.push(
      match[0].replace(
        /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g,
        (_, single?: string, double?: string, escaped?: string) =>
          single ?? escaped ?? (double as string).replace(/\\(["\\$`])/g, '$1'),
      ),
    );
    at = word.lastIndex;
  }
  return words;
}
