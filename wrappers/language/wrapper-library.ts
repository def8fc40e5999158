import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { asset } from '../../core/assets/package-root.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Wrapper, WrapperRegistry } from '../../core/model/wrapper.js';
import { ClassWrapper } from './class-wrapper.js';
import type { WrapperClass } from './decorators.js';
import { readWrapper } from './read-wrapper.js';
import { XmlWrapper } from './xml-wrapper.js';

const SUFFIX = '.wrapper.xml';

export interface WrapperLibraryOptions {
  /** Wrappers written as classes. */
  readonly classes?: readonly WrapperClass[];
  /** Folders with `*.wrapper.xml` of an administrator, such as the deployment's; they go before the built-in ones. */
  readonly folders?: readonly string[];
  /** The folder whose sub-folders hold the built-in wrappers. */
  readonly builtIn?: string;
}

/**
 * Finds wrappers by name: in the folders given, then among classes, then the built-in `wrappers/<name>/<name>.wrapper.xml`.
 * All files are read at once, and what is wrong with any stands in `errors`.
 */
export class WrapperLibrary implements WrapperRegistry {
  /** All that is wrong with the files that were read. */
  readonly errors: readonly AttituneError[];
  readonly #wrappers = new Map<string, Wrapper>();
  /** Wrong files by the name they are most likely meant to have. */
  readonly #broken = new Map<string, readonly AttituneError[]>();

  constructor({ classes = [], folders = [], builtIn = asset('wrappers') }: WrapperLibraryOptions = {}) {
    const errors: AttituneError[] = [];
    const own = new Map<string, string>();
    for (const file of builtInFiles(builtIn)) this.#read(file, errors);
    for (const target of classes) this.#add(new ClassWrapper(target));
    for (const file of folders.flatMap((folder) => filesIn(folder))) {
      const name = this.#read(file, errors);
      const other = name === undefined ? undefined : own.get(name);
      if (name !== undefined && other !== undefined && other !== file) {
        errors.push(
          new AttituneError('duplicate-name', `the wrapper "${name}" stands in ${other} too. Rename one.`, {
            place: { file, line: 1, column: 1 },
          }),
        );
      }
      if (name !== undefined) own.set(name, file);
    }
    this.errors = errors;
  }

  /** Throws all that is wrong with the file of that wrapper, as one AggregateError. */
  get(name: string): Wrapper | undefined {
    const errors = this.#broken.get(name);
    if (errors) throw new AggregateError(errors, errors.map(({ message }) => message).join(' '));
    return this.#wrappers.get(name);
  }

  names(): readonly string[] {
    return [...this.#wrappers.keys()].sort();
  }

  #read(file: string, errors: AttituneError[]): string | undefined {
    const { description, errors: wrong } = readWrapper(file);
    errors.push(...wrong);
    if (description) {
      this.#add(new XmlWrapper(description));
      return description.name;
    }
    const name = file.slice(file.lastIndexOf('/') + 1, -SUFFIX.length);
    this.#broken.set(name, wrong);
    return undefined;
  }

  #add(wrapper: Wrapper): void {
    this.#wrappers.set(wrapper.name, wrapper);
    this.#broken.delete(wrapper.name);
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .sort()
    .map((name) => join(folder, name));
}

function builtInFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => filesIn(join(folder, entry.name)));
}
