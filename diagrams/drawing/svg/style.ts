/**
 * Looks of all drawings. They are classes, so that a page can light what is active by adding `active`; the paper has
 * a colour of its own, so that a picture can be read on any page, also where only the picture knows that it is dark.
 */
export const STYLE = `
.attitune-drawing { --paper: #ffffff; --ink: #17202a; --muted: #586472; --edge: #64748b; --box: #ffffff; --frame: #f3f6f9; --rule: #d5dce4; --event: #2456c5; --lit: #dbeafe; --lit-edge: #2563eb; }
@media (prefers-color-scheme: dark) {
.attitune-drawing { --paper: #161c22; --ink: #e5eaef; --muted: #9ba7b3; --edge: #8795a3; --box: #222b34; --frame: #1b2229; --rule: #3a4650; --event: #82a9ff; --lit: #1d2b47; --lit-edge: #82a9ff; }
}
.attitune-drawing { font-family: "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; }
.attitune-drawing .paper { fill: var(--paper); }
.attitune-drawing text { fill: var(--ink); font-size: 11.5px; white-space: pre; }
.attitune-drawing text.title { font-size: 13px; font-weight: 600; }
.attitune-drawing text.note, .attitune-drawing text.muted { fill: var(--muted); }
.attitune-drawing text.note { font-size: 11px; }
.attitune-drawing .line text { font-size: 11px; }
.attitune-drawing .listed text { fill: var(--event); }
.attitune-drawing .box > rect, .attitune-drawing .history > circle { fill: var(--box); stroke: var(--edge); stroke-width: 1.1; }
.attitune-drawing .compound > rect { fill: var(--frame); }
.attitune-drawing .region > rect { stroke-dasharray: 5 4; }
.attitune-drawing .probe > rect, .attitune-drawing .diagram > rect, .attitune-drawing .policy > rect { fill: var(--frame); stroke: var(--rule); }
.attitune-drawing .column > rect { fill: none; stroke: none; }
.attitune-drawing .rule { stroke: var(--rule); stroke-width: 1; fill: none; }
.attitune-drawing .separator { stroke: var(--edge); stroke-width: 1.1; stroke-dasharray: 5 4; fill: none; }
.attitune-drawing .ring { fill: none; stroke: var(--ink); stroke-width: 1.2; }
.attitune-drawing .mark { fill: var(--ink); stroke: none; }
.attitune-drawing .line > path { stroke: var(--edge); stroke-width: 1.2; fill: none; }
.attitune-drawing .line.dashed > path { stroke-dasharray: 4 3; }
.attitune-drawing .line > polygon, .attitune-drawing .line > rect { fill: var(--edge); stroke: none; }
.attitune-drawing .state.active > rect, .attitune-drawing .state.active > circle { fill: var(--lit); stroke: var(--lit-edge); stroke-width: 2; }
.attitune-drawing .transition.active > path { stroke: var(--lit-edge); stroke-width: 2.2; }
.attitune-drawing .transition.active > polygon, .attitune-drawing .transition.active > rect { fill: var(--lit-edge); }
.attitune-drawing .transition.active text { fill: var(--lit-edge); }
`;
