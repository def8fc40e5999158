import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import { suggest } from '../../core/xml/suggest.js';

/** The XML attributes of a detector: which there are, and which it cannot do without. */
export interface ParameterTable {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** Throws `xml-attribute` for one that is unknown or missing. */
export function checkParameters(
  type: string,
  parameters: Readonly<Record<string, string>>,
  table: ParameterTable,
  place: SourcePlace,
): void {
  const known = [...table.required, ...table.optional];
  for (const name of Object.keys(parameters)) {
    if (known.includes(name)) continue;
    throw new AttituneError('xml-attribute', `A ${type} detector has no attribute "${name}".${suggest(name, known)}`, {
      place,
    });
  }
  for (const name of table.required) {
    if (parameters[name] !== undefined) continue;
    throw new AttituneError('xml-attribute', `A ${type} detector needs the attribute "${name}".`, { place });
  }
}

/** An attribute's value as `parse` reads it, with the attribute's name in the error. */
export function parseNamed<T>(
  name: string,
  text: string,
  place: SourcePlace,
  parse: (text: string, place: SourcePlace) => T,
): T {
  try {
    return parse(text, place);
  } catch (error) {
    if (!AttituneError.is(error, 'value')) throw error;
    throw new AttituneError('value', `Attribute ${name}: ${error.message}`, { place, cause: error });
  }
}
