import type { Picture } from '../layout/lay-out.js';
import { escapeXml } from '../text/escape-xml.js';
import { boxSvg } from './box-svg.js';
import { lineSvg } from './line-svg.js';
import { STYLE } from './style.js';
import { element, number } from './element.js';

/** Around the whole picture. */
const MARGIN = 14;

/** The picture as an SVG that stands alone: no fonts, images, scripts or links from elsewhere. */
export function writeSvg({ scene, width, height, boxes, lines }: Picture): string {
  const [w, h] = [Math.ceil(width + 2 * MARGIN), Math.ceil(height + 2 * MARGIN)];
  const viewBox = [-MARGIN, -MARGIN, w, h].map(number).join(' ');
  const frame = { class: 'paper', x: -MARGIN, y: -MARGIN, width: w, height: h };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="attitune-drawing" role="img" aria-labelledby="title description"` +
      ` width="${w}" height="${h}" viewBox="${viewBox}">`,
    `<title id="title">${escapeXml(scene.name)}</title>`,
    `<desc id="description">${escapeXml(scene.description)}</desc>`,
    `<style>${STYLE}</style>`,
    element('rect', frame),
    ...boxes.map(boxSvg),
    ...lines.map(lineSvg),
    '</svg>',
    '',
  ].join('\n');
}
