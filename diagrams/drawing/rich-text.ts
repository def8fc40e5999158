/** Graphviz's HTML-like labels, and the escaping that they and SVG need. */

/** Escapes text for XML; characters that XML does not have are dropped. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}

export interface Label {
  readonly title: string;
  /** Small and grey, behind the title. */
  readonly note?: string;
  readonly lines: readonly string[];
}

/** A title over a rule and left-aligned lines. */
export function boxLabel({ title, note, lines }: Label): { readonly html: string } {
  const extra = note ? `&#160;&#160;<FONT POINT-SIZE="12">${escapeXml(note)}</FONT>` : '';
  const head = `<TR><TD ALIGN="LEFT"><B>${nonEmpty(title)}</B>${extra}</TD></TR>`;
  const rows = lines.map((line) => `<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="12.5">${nonEmpty(line)}</FONT></TD></TR>`);
  const rule = rows.length > 0 ? '<HR/>' : '';
  return {
    html: `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">${head}${rule}${rows.join('')}</TABLE>`,
  };
}

/** The label of an edge, one line under the other. */
export function lineLabel(lines: readonly string[]): { readonly html: string } {
  const rows = lines.map((line) => `<TR><TD ALIGN="LEFT">${nonEmpty(line)}</TD></TR>`);
  return { html: `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">${rows.join('')}</TABLE>` };
}

/** Graphviz refuses empty cells. */
function nonEmpty(text: string): string {
  return escapeXml(text).trim() || '&#160;';
}
