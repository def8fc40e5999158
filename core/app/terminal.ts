import { relative } from 'node:path';
import type { Ora, default as Spin } from 'ora';
import pc from 'picocolors';
import { AttituneError, ERROR_CODES, formatError } from '../model/errors.js';

/**
 * What a command says: results to standard output, talk to standard error. On a terminal a long step has a spinner;
 * elsewhere each step, and each tenth of it, is a line.
 */
export class Terminal {
  readonly interactive = process.stderr.isTTY && process.env['CI'] === undefined;
  #spinner: Ora | undefined;
  /** Loaded once there is something to show: it takes long. */
  #spin: typeof Spin | 'loading' | undefined;
  #text = '';
  #step = '';
  #tenth = -1;

  /** A line of talk. */
  say(text: string): void {
    if (this.#spinner?.isSpinning === true) {
      this.#spinner.clear();
      process.stderr.write(`${text}\n`);
      this.#spinner.render();
    } else process.stderr.write(`${text}\n`);
  }

  /** A step that may take long; `fraction` in [0, 1] where it is known. */
  progress(step: string, fraction?: number): void {
    const tenth = fraction === undefined ? -1 : Math.floor(fraction * 10);
    const per = fraction === undefined ? '' : ` ${Math.round(fraction * 100)} %`;
    // a terminal that tells no width, as some pipes of terminals do, cannot be drawn on
    if (this.interactive && process.stderr.columns > 0) {
      this.#text = `${step}${per}`;
      this.#draw();
    } else if (step !== this.#step || tenth !== this.#tenth) process.stderr.write(`${pc.dim('…')} ${step}${per}\n`);
    this.#step = step;
    this.#tenth = tenth;
  }

  /** The long step is over. */
  done(): void {
    this.#text = '';
    this.#spinner?.stop();
    this.#step = '';
    this.#tenth = -1;
  }

  #draw(): void {
    if (this.#text === '' || this.#spin === 'loading') return;
    if (!this.#spin) {
      this.#spin = 'loading';
      void import('ora').then(({ default: spin }) => {
        this.#spin = spin;
        this.#draw();
      });
      return;
    }
    this.#spinner ??= this.#spin({ stream: process.stderr, discardStdin: false });
    this.#spinner.text = this.#text;
    if (!this.#spinner.isSpinning) this.#spinner.start();
  }

  result(text: string): void {
    this.done();
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  json(value: unknown): void {
    this.result(JSON.stringify(value, undefined, 2));
  }

  errors(errors: readonly AttituneError[]): void {
    this.done();
    for (const error of errors) process.stderr.write(`${pc.red(formatError(fromHere(error)))}\n`);
  }
}

/** For JSON. */
export function plainError({ code, message, place }: AttituneError): Readonly<Record<string, unknown>> {
  return { ...place, code, message };
}

/** The same error with the file of its place as seen from the current folder, where that is shorter. */
function fromHere(error: AttituneError): AttituneError {
  if (!error.place) return error;
  const file = relative('.', error.place.file);
  const place = file.length < error.place.file.length ? { ...error.place, file } : error.place;
  return new AttituneError(error.code, error.message, { place });
}

/** The exit code of the worst of some errors: 2 where the call or a file was wrong, else 1. */
export function exitCodeOf(errors: readonly AttituneError[]): number {
  return Math.max(...errors.map(({ code }) => ERROR_CODES[code].exitCode));
}
