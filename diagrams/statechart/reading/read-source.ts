import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AttituneError } from '../../../core/model/errors.js';
import { readTextFile } from '../../../core/xml/index.js';

/**
 * The file that a `src` names, relative to the document that holds it: a path, `file:path` or a file: URL. Throws
 * `value` for anything else: nothing is fetched from elsewhere.
 */
export function resolveSource(src: string, document: string): string {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(src)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'file') {
    throw new AttituneError('value', `"${src}" is no file. Name one by its path, or by a file: URL.`);
  }
  try {
    if (src.startsWith('file://')) return fileURLToPath(src);
    return path.resolve(path.dirname(document), scheme ? decodeURIComponent(src.slice('file:'.length)) : src);
  } catch (error) {
    throw new AttituneError('value', `"${src}" is no file: URL of this machine.`, { cause: error });
  }
}

/** The file's text; throws `value` or `file-not-found`. */
export function readSource(src: string, document: string): { readonly file: string; readonly text: string } {
  const file = resolveSource(src, document);
  return { file, text: readTextFile(file) };
}
