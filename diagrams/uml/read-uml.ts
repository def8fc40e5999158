import { AttituneError } from '../../core/model/errors.js';
import { parseXml, type XmlElement } from '../../core/xml/index.js';
import type { UmlModel } from './uml-model.js';
import { readEclipse } from './xmi-eclipse.js';
import { readUmbrello } from './xmi-umbrello.js';
import { elementsOf } from './xmi-elements.js';

/**
 * Reads an XMI file into the neutral model, in whichever dialect it is written. `fallbackName` is the model's name
 * where its author gave none. Throws `xml-malformed`, or `xml-element` where it is no XMI file with a UML model.
 */
export function readUml(text: string, file: string, fallbackName: string): UmlModel {
  const root = parseXml(text, file);
  const model = findModel(root);
  if (!model) {
    throw new AttituneError(
      'xml-element',
      `<${root.name}> holds no UML model. Name a file of Papyrus or TopCased (*.uml) or of Umbrello (*.xmi).`,
      { place: root.place },
    );
  }
  // XMI 1 writes "UML" in capital letters, XMI 2 does not
  if (root.local === 'XMI' && root.prefix === '') {
    return readUmbrello(root, model, root.attributes.get('xmi.version')?.value ?? '1', fallbackName);
  }
  return isUmbrello(root)
    ? readUmbrello(root, model, root.attributes.get('xmi:version')?.value ?? '2.1', fallbackName)
    : readEclipse(root, model, fallbackName);
}

function findModel(root: XmlElement): XmlElement | undefined {
  if (root.local === 'Model' || root.local === 'Package') return root;
  if (root.local !== 'XMI') return undefined;
  const outer = elementsOf(root).flatMap((child) => (child.local === 'XMI.content' ? elementsOf(child) : [child]));
  return outer.find(({ local }) => local === 'Model') ?? outer.find(({ local }) => local === 'Package');
}

function isUmbrello(root: XmlElement): boolean {
  return elementsOf(root, 'Documentation').some((element) =>
    /umbrello/i.test([...element.attributes.values()].map(({ value }) => value).join(' ')),
  );
}
