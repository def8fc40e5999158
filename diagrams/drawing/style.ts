/** Looks shared by all drawings. They are classes, so that a page can light what is active by adding `active`. */

export const FONT = 'Helvetica,Arial,sans-serif';

const STYLE = `
svg.attitune-drawing { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
svg.attitune-drawing text { font-family: inherit; fill: #1f2a37; }
svg.attitune-drawing .box > path { fill: #ffffff; stroke: #64748b; stroke-width: 1.2; }
svg.attitune-drawing .box > ellipse { fill: #ffffff; stroke: #64748b; stroke-width: 1.2; }
svg.attitune-drawing .box > polygon { stroke: #cbd5e1; }
svg.attitune-drawing .box.compound > path { fill: #f1f5f9; fill-opacity: 0.7; }
svg.attitune-drawing .box.region > path { stroke-dasharray: 5 3; }
svg.attitune-drawing .box.final > path + path { fill: none; }
svg.attitune-drawing .mark ellipse { fill: #334155; stroke: #334155; }
svg.attitune-drawing .line > path { stroke: #64748b; stroke-width: 1.2; }
svg.attitune-drawing .line > polygon { fill: #64748b; stroke: #64748b; }
svg.attitune-drawing .line text { fill: #475569; }
svg.attitune-drawing .state.active > path, svg.attitune-drawing .state.active > ellipse { fill: #dbeafe; stroke: #2563eb; stroke-width: 2; }
svg.attitune-drawing .transition.active > path { stroke: #2563eb; stroke-width: 2.4; }
svg.attitune-drawing .transition.active > polygon { fill: #2563eb; stroke: #2563eb; }
`;

/** Puts the style and the title into an SVG of Graphviz, and takes out what a page does not need. */
export function dress(svg: string, title: string): string {
  const start = svg.indexOf('<svg');
  const [, width = '0', height = '0'] = /width="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg) ?? [];
  return svg
    .slice(start)
    .replace(/<!--[\s\S]*?-->\n?/g, '')
    .replace(/<title>[\s\S]*?<\/title>\n?/g, '')
    .replace(/ xmlns:xlink="[^"]*"/, '')
    .replace(/font-size="([\d.]+)"/g, (_, size: string) => `font-size="${(Number(size) * DRAWN_PART).toFixed(2)}"`)
    .replace(/<svg [^>]*?viewBox="([^"]*)"[^>]*>/, (_, viewBox: string) =>
      [
        `<svg xmlns="http://www.w3.org/2000/svg" class="attitune-drawing" role="img"`,
        ` width="${Math.ceil(Number(width) * PIXELS_PER_POINT)}" height="${Math.ceil(Number(height) * PIXELS_PER_POINT)}"`,
        ` viewBox="${viewBox}">\n<title>${title}</title>\n<style>${STYLE}</style>`,
      ].join(''),
    )
    .trim();
}

const PIXELS_PER_POINT = 4 / 3;

/** Text is drawn smaller than it was laid out: a system's sans-serif font may be wider than Helvetica by as much. */
const DRAWN_PART = 0.8;
