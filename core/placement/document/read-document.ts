import * as v from 'valibot';
import { AttituneError, type ErrorCode } from '../../model/errors.js';
import { byPlace, suggest } from '../../xml/index.js';
import type { Cluster } from '../cluster.js';
import { JsonPlaces, parseJson, pathText, type JsonPath } from './json-text.js';
import { CLUSTER_SCHEMA, VERSION, VERSION_FIELD, type ClusterDocument } from './schema.js';

export interface DocumentReading {
  /** Present where nothing was wrong. */
  readonly cluster?: Cluster;
  /** By place. */
  readonly errors: readonly AttituneError[];
}

/** Reads a cluster that is a JSON document. All that is wrong with its form comes back at once; nothing is thrown. */
export function readClusterDocument(text: string, file: string): DocumentReading & { readonly places?: JsonPlaces } {
  let value: unknown;
  try {
    value = parseJson(text, file);
  } catch (error) {
    return { errors: [AttituneError.from(error)] };
  }
  const places = new JsonPlaces(text, file);
  const parsed = v.safeParse(CLUSTER_SCHEMA, value);
  if (!parsed.success) {
    const whole = isRecord(value) ? value : undefined;
    if (whole?.[VERSION_FIELD] !== VERSION) return { errors: [versionFault(whole, places)], places };
    return { errors: parsed.issues.map((issue) => faultOf(issue, places)).sort(byPlace), places };
  }
  return { cluster: toCluster(parsed.output, places), errors: [], places };
}

function toCluster(document: ClusterDocument, places: JsonPlaces): Cluster {
  const { at, startedAt, hosts, vms, constraints = [], network, work } = document;
  const near = constraints.length > 0 ? places.elements('constraints') : [];
  const placeOf = (index: number) =>
    (near.length === constraints.length ? near[index] : undefined) ?? places.of(['constraints', index]);
  return {
    at,
    ...(startedAt === undefined ? {} : { startedAt }),
    hosts,
    vms,
    ...(document.constraints === undefined
      ? {}
      : { constraints: constraints.map((constraint, index) => ({ ...constraint, place: placeOf(index) })) }),
    ...(network ? { network } : {}),
    ...(work ? { work } : {}),
  };
}

/** Nothing else is worth telling of a document of another kind. */
function versionFault(value: Readonly<Record<string, unknown>> | undefined, places: JsonPlaces): AttituneError {
  const form = `"${VERSION_FIELD}": ${VERSION}`;
  if (!value || !(VERSION_FIELD in value)) {
    return new AttituneError('json-field', `This is no snapshot of a cluster: one begins with {${form}.`, {
      place: places.of([]),
    });
  }
  const message = `Only snapshots with ${form} can be read, and this one has ${shown(value[VERSION_FIELD])}.`;
  return new AttituneError('value', message, { place: places.of([VERSION_FIELD]) });
}

type Issue = v.InferIssue<typeof CLUSTER_SCHEMA>;

/** What each kind of issue says of the value at `where`. */
const WORDS: Readonly<Record<string, (issue: Issue) => string>> = {
  string: () => 'must be a text',
  number: () => 'must be a number',
  boolean: () => 'must be true or false',
  array: () => 'must be a list',
  strict_object: () => 'must be an object',
  strict_tuple: () => 'must be a list of two names',
  picklist: ({ expected }) => `must be one of ${(expected ?? '').replaceAll(/[()"]/g, '').replaceAll(' | ', ', ')}`,
  min_length: ({ requirement }) =>
    requirement === 1 ? 'must not be empty' : `must have at least ${String(requirement)} entries`,
  max_length: ({ requirement }) => `must not be longer than ${String(requirement)}`,
  min_value: ({ requirement }) => `must not be below ${String(requirement)}`,
  max_value: ({ requirement }) => `must not be above ${String(requirement)}`,
  integer: () => 'must be a whole number',
  finite: () => 'must be finite',
};

function faultOf(issue: Issue, places: JsonPlaces): AttituneError {
  const path: JsonPath = (issue.path ?? []).map(({ key }) => key as string | number);
  const where = pathText(path);
  const [last] = path.slice(-1);
  const fault = (code: ErrorCode, message: string, what: 'value' | 'name' = 'value') =>
    new AttituneError(code, message, { place: places.of(path, what) });
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const owner = path.length > 1 ? pathText(path.slice(0, -1)) : 'A snapshot';
    return fault(
      'json-field',
      `${owner} has no field "${String(last)}".${suggest(String(last), fieldsAt(path))}`,
      'name',
    );
  }
  if (issue.kind === 'schema' && issue.input === undefined) return fault('json-field', `${where} is missing.`);
  const words = WORDS[issue.type]?.(issue) ?? 'has not the form that it must have';
  const unmeasured =
    issue.type === 'number' && issue.input === null && optionalAt(path)
      ? ' Leave it out where it was not measured.'
      : '';
  return fault('value', `${where} ${words}, and is ${shown(issue.input)}.${unmeasured}`);
}

/** The fields that there are beside the one at `path`. */
function fieldsAt(path: JsonPath): readonly string[] {
  return Object.keys(unwrapped(schemaAt(path.slice(0, -1))).entries ?? {});
}

function optionalAt(path: JsonPath): boolean {
  return schemaAt(path)?.type === 'exact_optional';
}

function schemaAt(path: JsonPath): AnySchema | undefined {
  let schema: AnySchema | undefined = CLUSTER_SCHEMA;
  for (const part of path) {
    const { entries, item }: AnySchema = unwrapped(schema);
    schema = typeof part === 'number' ? item : entries?.[part];
  }
  return schema;
}

/** What all of valibot's schemas have that matters here. */
interface AnySchema {
  readonly type?: string;
  readonly wrapped?: AnySchema;
  readonly entries?: Readonly<Record<string, AnySchema>>;
  readonly item?: AnySchema;
}

/** Schemas with a pipe have the fields of the schema that it begins with. */
function unwrapped(schema: AnySchema | undefined): AnySchema {
  return schema?.wrapped ? unwrapped(schema.wrapped) : (schema ?? {});
}

function shown(value: unknown): string {
  if (value === Infinity || value === -Infinity) return 'more than a number can be';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
