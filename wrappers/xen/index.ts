/**
 * The configuration files of Xen's own tools, `xl` and `xm` before it, as descriptions of domains for `xen:///` hosts.
 * What is not understood is told, not dropped in silence; programs in Python, which `xm` took, are not run.
 */
export { readXenConfig } from './read-xen-config.js';
export type { XenImport } from './read-xen-config.js';
export type { XenNote } from './settings.js';
