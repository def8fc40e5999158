import { AttituneError } from '../../model/errors.js';
import { checkCluster } from '../../placement/check-cluster.js';
import type { Cluster } from '../../placement/cluster.js';
import { readClusterDocument, writeClusterDocument, type JsonPath } from '../../placement/document/index.js';
import { readGaneti, writeGaneti } from '../../placement/ganeti/index.js';
import { byPlace, readTextFile } from '../../xml/index.js';

const MOST_ERRORS = 100;

/** A cluster that was checked, where it is from, and how it is written again. */
export interface Snapshot {
  readonly cluster: Cluster;
  /** A file, or what was asked: for messages. */
  readonly source: string;
  readonly format: 'json' | 'ganeti';
  /** Whether it tells what VMs use; without a file of loads one of Ganeti does not. */
  readonly loads: boolean;
  /** The text of another state of the same cluster, in the format of the file. */
  readonly write: (cluster: Cluster) => string;
}

/**
 * Reads a snapshot: a JSON document as `attitune snapshot` writes it, or a file of Ganeti's tools, with its loads; what it
 * is, it is by its content. Throws everything that is wrong with the files, each with its place.
 */
export function readSnapshot(file: string, loadsFile?: string): Snapshot {
  const text = readTextFile(file);
  const loads = loadsFile === undefined ? undefined : { text: readTextFile(loadsFile), file: loadsFile };
  const [first = ''] = text.trimStart();
  if (first === '<') {
    const message =
      'This is XML, and no snapshot of a cluster. Make one of a running system: attitune snapshot -o FILE.';
    throw new AttituneError('value', message, { place: { file, line: 1, column: 1 } });
  }
  if (first === '{' || first === '[' || first === '') {
    if (loads)
      throw new AttituneError(
        'usage',
        `Loads (-U) belong to a file of Ganeti's tools; ${file} is a JSON document, which has its own.`,
      );
    return documentSnapshot(text, file);
  }
  const { cluster, keep, errors } = readGaneti({ text, file }, loads);
  if (!cluster || !keep) throw new AggregateError(told(errors));
  return {
    cluster: checked(cluster, { live: true }),
    source: file,
    format: 'ganeti',
    loads: loads !== undefined,
    write: (after) => writeGaneti(keep, after),
  };
}

/** The same for a document that is no file, such as a manager's answer. `live`: of a system that runs. */
export function documentSnapshot(text: string, source: string, { live = false } = {}): Snapshot {
  const { cluster, errors, places } = readClusterDocument(text, source);
  if (!cluster || !places) throw new AggregateError(told(errors));
  const wrong = checkCluster(cluster, { live }).map((error) => {
    const keys = error.details['keys'] as JsonPath | undefined;
    return new AttituneError(codeOf(error), error.message, { place: places.of(keys ?? []) });
  });
  if (wrong.length > 0) throw new AggregateError(told(wrong.sort(byPlace)));
  if (cluster.hosts.length === 0) {
    const message = 'The cluster has no hosts: there is nothing to plan for.';
    throw new AttituneError('value', message, { place: places.of(['hosts']) });
  }
  return liveSnapshot(cluster, source);
}

/** A snapshot of a cluster that is no document yet. */
export function liveSnapshot(cluster: Cluster, source: string): Snapshot {
  return { cluster, source, format: 'json', loads: true, write: writeClusterDocument };
}

/** Throws all that is wrong with a cluster. */
export function checked(cluster: Cluster, { live = false } = {}): Cluster {
  const wrong = checkCluster(cluster, { live });
  if (wrong.length > 0)
    throw new AggregateError(
      wrong.map((error) => new AttituneError(codeOf(error), error.message, { place: error.place })),
    );
  return cluster;
}

/** Of very many errors the first: one wrong habit can be wrong in every line of a file. */
function told(errors: readonly AttituneError[]): readonly AttituneError[] {
  if (errors.length <= MOST_ERRORS) return errors;
  const more = new AttituneError('value', `… and ${errors.length - MOST_ERRORS} more errors in it.`);
  return [...errors.slice(0, MOST_ERRORS), more];
}

/** A name in a file that nothing has is a fault of the file. */
function codeOf({ code }: AttituneError): AttituneError['code'] {
  return code === 'unknown-component' ? 'unknown-class' : code;
}
