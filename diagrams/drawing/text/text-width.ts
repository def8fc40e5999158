/**
 * How wide text may become. The picture is laid out before anybody knows the reader's fonts, so the widths are those of
 * DejaVu Sans, the widest of the usual sans-serif fonts (Verdana is as wide): in any other one there is room to spare.
 */

/** Advance widths in thousandths of the font size, from U+0020 to U+007E. */
const REGULAR = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
  636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
  748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
  615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
  337, 636, 838,
];

/** Bold is at most this much wider than regular. */
const BOLD = 1.12;

const EM = 1000;
/** Letters of Latin, Greek and Cyrillic beyond ASCII: few are wider than this. */
const OTHER_LETTER = 800;
/** From here on characters take a whole square or more: arrows, CJK, emoji. */
const WIDE_FROM = 0x1100;

export interface Font {
  /** In pixels. */
  readonly size: number;
  readonly bold?: boolean;
}

/** The width of a text on one line, in pixels. */
export function textWidth(text: string, { size, bold = false }: Font): number {
  let thousandths = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    thousandths += REGULAR[code - 0x20] ?? (code >= WIDE_FROM ? EM * 1.1 : OTHER_LETTER);
  }
  return (thousandths * size * (bold ? BOLD : 1)) / EM;
}
