import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Liquid, LiquidError } from 'liquidjs';
import { AttituneError } from '../../../core/model/errors.js';
import type { FileContent } from '../../../core/model/executor.js';
import type { TemplateRecord, TemplateValue } from './step.js';

const SUFFIX = '.liquid';
// `if` may ask for an attribute that not every component has
const engine = new Liquid({ strictVariables: true, lenientIf: true, strictFilters: true, ownPropertyOnly: true });

/** Renders a Liquid template. Throws `expression` with its place, also for a variable that is not there. */
export function renderTemplate(file: string, data: Readonly<Record<string, TemplateValue | TemplateRecord>>): string {
  try {
    return engine.parseAndRenderSync(readFileSync(file, 'utf8'), data) as string;
  } catch (error) {
    if (LiquidError.is(error)) {
      const [line = 1, column = 1] = error.token.getPosition();
      const what = error.message.replace(/, (?:file:.*, )?line:\d+, col:\d+$/, '');
      throw new AttituneError('expression', `${what}.`, { cause: error, place: { file, line, column } });
    }
    throw AttituneError.from(error, 'file-not-found', file);
  }
}

/** Every file in a folder, `*.liquid` rendered and the others as they are, for the same place below `target`. */
export function renderFolder(
  folder: string,
  target: string,
  data: Readonly<Record<string, TemplateValue | TemplateRecord>>,
): FileContent[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => {
      const path = join(target, relative(folder, file));
      const mode = (statSync(file).mode & 0o100) === 0 ? 0o644 : 0o755;
      if (!file.endsWith(SUFFIX)) return { path, content: readFileSync(file, 'utf8'), mode };
      return { path: path.slice(0, -SUFFIX.length), content: renderTemplate(file, data), mode };
    });
}
