import type { AttituneError } from '../../../core/model/errors.js';
import { readXenConfig } from '../../xen/index.js';
import type { XenNote } from '../../xen/index.js';

export interface SubmissionDocument {
  /** The domain's document; absent where there are errors. */
  readonly xml?: string;
  readonly errors: readonly AttituneError[];
  /** What of a configuration file is not understood, and left out. */
  readonly notes: readonly XenNote[];
}

/**
 * The document of a submission: a file that begins as XML is one as it is, any other is read as a configuration file of
 * Xen's tools and made into one. Places in a document that was made are of that document, not of the file.
 */
export function submissionDocument(text: string, file: string): SubmissionDocument {
  if (/^\uFEFF?\s*</.test(text)) return { xml: text, errors: [], notes: [] };
  const { description, errors, notes } = readXenConfig(text, file);
  return { ...(description?.document !== undefined && { xml: description.document }), errors, notes };
}
