import type { Cardinality } from '../../core/model/deployment.js';
import { parseCardinality } from '../../core/model/quantity.js';
import type { Collector } from '../collect.js';
import { NAME } from '../deployment/deployment-grammar.js';
import type { ImportNote, TuneAssociation } from './tune-system.js';
import type { UmlAssociation, UmlClass, UmlEnd, UmlModel } from './uml-model.js';

/**
 * Associations between component classes. It leads from the tail of an arrow to its head; one without an arrow from
 * its first end to its second.
 */
export function readAssociations(
  model: UmlModel,
  application: readonly UmlClass[],
  collector: Collector,
  notes: ImportNote[],
): readonly TuneAssociation[] {
  const byId = new Map(application.map((found) => [found.id, found]));
  const known = new Set(model.classes.map(({ id }) => id));
  const names = new Names();
  return model.associations.flatMap((association): TuneAssociation[] => {
    const [first, second, ...more] = association.ends;
    if (!first || !second || more.length > 0) {
      const message = `an association links two classes; this one has ${association.ends.length} ends.`;
      collector.add('xml-element', message, association.place);
      return [];
    }
    const [firstCount, secondCount] = [cardinality(first, collector), cardinality(second, collector)];
    const dangling = [first, second].filter(({ type }) => !known.has(type.text));
    for (const { type } of dangling) {
      const message =
        type.text === ''
          ? 'an end of an association names no class.'
          : `the model has no class with the id "${type.text}".`;
      collector.add('unknown-class', message, type.place);
    }
    if (dangling.length > 0) return [];
    const turned = first.navigable && !second.navigable;
    const [from, to] = turned ? [second, first] : [first, second];
    const [source, target] = [byId.get(from.type.text), byId.get(to.type.text)];
    if (!source || !target) {
      if (byId.size === 0) return [];
      const named = association.name.text.trim();
      const message = `${named === '' ? 'an association' : `the association "${named}"`} is left out: one of its ends is no class of the package "deploiement". Where a class runs is told by its host-family.`;
      notes.push({ message, place: association.place });
      return [];
    }
    const [sourceName, targetName] = [source.name.text.trim(), target.name.text.trim()];
    const name = names.of(association, sourceName, targetName, collector);
    return [
      {
        ...(name === undefined ? {} : { name }),
        from: sourceName,
        fromCardinality: turned ? secondCount : firstCount,
        to: targetName,
        toCardinality: turned ? firstCount : secondCount,
        place: association.place,
      },
    ];
  });
}

function cardinality({ multiplicity }: UmlEnd, collector: Collector): Cardinality {
  const { text, place } = multiplicity;
  return collector.attempt(() => parseCardinality(text, place), { lower: 1, upper: 1 });
}

/** Names of associations, each used once. One without a name is called FROM-TO; a second one gets a number. */
class Names {
  readonly #lines = new Map<string, number>();

  of({ name, place }: UmlAssociation, from: string, to: string, collector: Collector): string | undefined {
    const given = name.text.trim();
    if (given !== '') {
      if (!NAME.test(given)) {
        const message = `"${given}" cannot be the name of an association: paths need a letter, then letters, digits, "-" or "_".`;
        collector.add('value', message, name.place);
      }
      const line = this.#lines.get(given);
      if (line !== undefined) {
        const message = `"${given}" is the name of the association on line ${line} already. Choose another.`;
        collector.add('duplicate-name', message, name.place);
      }
      this.#lines.set(given, place.line);
      return given;
    }
    const usual = `${from}-${to}`;
    let made = usual;
    for (let number = 2; this.#lines.has(made); number += 1) made = `${usual}-${number}`;
    this.#lines.set(made, place.line);
    return made === usual ? undefined : made;
  }
}
