import { AttituneError, type ErrorCode } from '../../model/errors.js';

/** Where something is in a cluster: names of fields and indexes of lists, as in its JSON document. */
export type ClusterPath = readonly (string | number)[];

/** `vms[3].memoryMiB` */
export function pathName(path: ClusterPath): string {
  return path.map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`)).join('');
}

/** Collects what is wrong with a cluster, in the order in which it is found. */
export class Faults {
  readonly errors: AttituneError[] = [];

  /** The path opens the message and stands in the details, as `path` in words and as `keys`. */
  add(code: ErrorCode, path: ClusterPath, message: string): void {
    const name = pathName(path);
    this.errors.push(new AttituneError(code, `${name}: ${message}`, { details: { path: name, keys: [...path] } }));
  }
}
