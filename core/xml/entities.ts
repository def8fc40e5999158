const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/**
 * Resolves the five entities that XML predefines and numeric character references. `onUnknown` is called with any
 * other reference and its offset in `raw`; there are no others, since documents with a DTD are refused.
 */
export function resolveEntities(raw: string, onUnknown: (reference: string, offset: number) => never): string {
  if (!raw.includes('&')) return raw;
  return raw.replace(/&([^;&\s]*;?)/g, (whole: string, body: string, offset: number) => {
    const name = body.endsWith(';') ? body.slice(0, -1) : undefined;
    const character = name === undefined ? undefined : (PREDEFINED.get(name) ?? numeric(name));
    return character ?? onUnknown(whole, offset);
  });
}

function numeric(name: string): string | undefined {
  const match = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
  if (!match) return undefined;
  const code = match[1] === undefined ? Number(match[2]) : parseInt(match[1], 16);
  return isXmlCharacter(code) ? String.fromCodePoint(code) : undefined;
}

/** XML 1.0, production 2 (`Char`). */
export function isXmlCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}
