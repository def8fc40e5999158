import { escapeXml } from '../text/escape-xml.js';

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Markup of one element; attributes that are `undefined` are left out. `content` is markup. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .flatMap(([key, value]) =>
      value === undefined ? [] : [` ${key}="${typeof value === 'number' ? number(value) : escapeXml(value)}"`],
    )
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export function textElement(text: string, attributes: Attributes): string {
  return text.trim() === '' ? '' : element('text', attributes, escapeXml(text));
}

/** Hundredths of a pixel are enough. */
export function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}
