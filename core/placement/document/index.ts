/**
 * Clusters as JSON documents, `{"attitune-cluster": 1, "at": …, "hosts": […], "vms": […], "constraints": […]}`: what
 * `attitune snapshot` writes, `attitune plan` reads, and a manager answers with. The fields are those of `Cluster`
 * (`../cluster.ts`), the form is {@link CLUSTER_SCHEMA}. Pure.
 */
export { JsonPlaces, parseJson, pathText, type JsonPath } from './json-text.js';
export { readClusterDocument, type DocumentReading } from './read-document.js';
export { CLUSTER_SCHEMA, VERSION, VERSION_FIELD } from './schema.js';
export { writeClusterDocument } from './write-document.js';
