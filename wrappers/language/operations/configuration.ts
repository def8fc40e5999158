import { fetchFile, makeSecret } from './brought-files.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { FileContent } from '../../../core/model/executor.js';
import { ensureFiles } from '../../../core/model/ensure-files.js';
import {
  pair,
  text,
  type StepContext,
  type StepResult,
  type StepTable,
  type TemplateRecord,
  type TemplateValue,
} from './step.js';
import { renderFolder, renderTemplate } from './template.js';

/** Configuration files. Each says whether it changed anything, and doing it again changes nothing. */
export const CONFIGURATION: StepTable = {
  template: {
    description: 'Writes a file from a Liquid template, with the component’s attributes and the named data.',
    usage: 'file, template, name:value …',
    minimum: 2,
    idempotent: true,
    assets: [1],
    run: (step) => {
      const content = renderTemplate(step.asset(text(step, 1)), templateData(step, 2));
      return ensured(step, [{ path: text(step, 0), content }]);
    },
  },
  templates: {
    description: 'Writes a folder of files; those named *.liquid are templates.',
    usage: 'folder, folder of templates, name:value …',
    minimum: 2,
    idempotent: true,
    assets: [1],
    run: (step) => ensured(step, renderFolder(step.asset(text(step, 1)), text(step, 0), templateData(step, 2))),
  },
  upsert: {
    description: 'Sets the values of keys in a file of lines such as key=value, and adds the keys that are absent.',
    usage: 'file, separator, key:value …',
    minimum: 3,
    idempotent: true,
    run: (step) =>
      edited(step, (content) =>
        upsertLines(
          content,
          text(step, 1),
          step.parameters.slice(2).map((p) => pair(p.text)),
        ),
      ),
  },
  append: {
    description: 'Adds the lines that a file lacks.',
    usage: 'file, line …',
    minimum: 2,
    idempotent: true,
    run: (step) =>
      edited(step, (content) =>
        appendLines(
          content,
          step.parameters.slice(1).map((p) => p.text),
        ),
      ),
  },
  secret: {
    description: 'Makes a file with a random text that only its owner can read, unless there is one.',
    usage: 'file, bytes:48',
    minimum: 1,
    maximum: 2,
    idempotent: true,
    run: makeSecret,
  },
  fetch: {
    description: 'Brings a file from the machine of another component; its content is in no attribute and no journal.',
    usage: 'associations that lead there (queue, or front.queue), file there, file here, mode:0644',
    minimum: 3,
    maximum: 4,
    idempotent: true,
    run: fetchFile,
  },
};

/** The text with each key set to its value; of a key that stands twice, the last line counts and the others go. */
export function upsertLines(
  content: string,
  separator: string,
  values: readonly (readonly [string, string])[],
): string {
  const lines = splitLines(content);
  for (const [key, value] of values) {
    const line = `${key}${separator}${value}`;
    const at = lines.flatMap((candidate, index) => (keyOf(candidate, separator) === key ? [index] : []));
    const last = at.pop();
    if (last === undefined) lines.push(line);
    else {
      lines[last] = line;
      for (const index of at.reverse()) lines.splice(index, 1);
    }
  }
  return joinLines(lines);
}

/** The text with each line that it lacks at its end. */
export function appendLines(content: string, wanted: readonly string[]): string {
  const lines = splitLines(content);
  for (const line of wanted) if (!lines.includes(line)) lines.push(line);
  return joinLines(lines);
}

function keyOf(line: string, separator: string): string | undefined {
  // a separator of white space, such as httpd's, stands for any amount of it
  const bare = separator.trim();
  const at = bare === '' ? line.trimStart().search(/\s/) : line.indexOf(bare);
  return at < 0 ? undefined : (bare === '' ? line.trimStart() : line).slice(0, at).trim();
}

function splitLines(content: string): string[] {
  return content === '' ? [] : content.replace(/\n$/, '').split('\n');
}

function joinLines(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

async function edited(step: StepContext, edit: (content: string) => string): Promise<StepResult> {
  const path = text(step, 0);
  const before = await step.executor.get(path);
  const after = edit(before ?? '');
  if (after === before) return { changed: false };
  await step.executor.put(path, after);
  return { changed: true };
}

async function ensured(step: StepContext, files: readonly FileContent[]): Promise<StepResult> {
  const changed = await ensureFiles(step.executor, files);
  return { changed: changed.length > 0 };
}

function templateData(step: StepContext, from: number): Record<string, TemplateValue | TemplateRecord> {
  const data: Record<string, TemplateValue | TemplateRecord> = { ...step.record };
  for (const { text: parameter, data: value } of step.parameters.slice(from)) {
    const [name] = pair(parameter);
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new AttituneError('value', `"${name}" cannot be a name in a template.`);
    data[name] = value;
  }
  return data;
}
