// Sketches as one HTML page that needs nothing else: no script, no network, every figure of a chart in a table.
import path from 'node:path';
import { formatCount } from '../../bench/figures';
import { html, Markup, PAGE_STYLE } from '../page';
import type { AnyScheme } from '../quantize/scheme';
import { formatReal } from './format_real';
import { drawSketch } from './sketch_chart';
import { factsOf, formatDecibel, formatPercent, spread } from './sketch_text';
import type { SketchView } from './sketch_view';

const STYLE = `
svg .faint-bars { opacity: 0.45; stroke: none; }
svg .threshold { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 3 3; }
svg .best { stroke: var(--peer); stroke-width: 2; stroke-dasharray: none; }
svg .threshold-name { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
svg .best-name { fill: var(--peer); font-weight: 600; }
h2.name { overflow-wrap: anywhere; }
th.name { overflow-wrap: break-word; min-width: 7rem; }
tr.best > * { font-weight: 650; }
`;

const bestOf = ({ methods }: SketchView) => methods.find(({ best }) => best);

function methodTable(view: SketchView): Markup {
  const rows = view.methods.map(
    (
      choice,
    ) => html`<tr${choice.best ? html` class="best"` : undefined}><th scope="row">${choice.method}${choice.best ? ', least error' : ''}</th>
<td class="number">${spread(choice, 'min')}</td><td class="number">${spread(choice, 'max')}</td><td class="number">${spread(choice, 'scale')}</td>
<td class="number">${spread(choice, 'zeroPoint')}</td><td class="number">${formatDecibel(choice.sqnr)}</td><td class="number">${formatPercent(choice.clippingRate)}</td></tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Methods for ${view.name}"><table><thead><tr><th scope="col">Method</th><th scope="col" class="number">min</th><th scope="col" class="number">max</th>
<th scope="col" class="number">scale</th><th scope="col" class="number">zero point</th><th scope="col" class="number">SQNR dB</th><th scope="col" class="number">clipped</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function tensorSection(view: SketchView, id: string): Markup {
  const wide = drawSketch(view, { width: 960, height: 360 });
  const narrow = drawSketch(view, { width: 328, height: 300 });
  const charts =
    wide && html`<figure><div class="for-wide">${wide}</div><div class="for-narrow">${narrow}</div></figure>`;
  return html`<section id="${id}"><h2 class="name">${view.name}</h2><p>${factsOf(view)}.</p>${charts}${methodTable(view)}</section>`;
}

/** All tensors, the worst first. */
function overview(views: readonly SketchView[], idOf: (view: SketchView) => string): Markup | undefined {
  if (views.length < 2) return undefined;
  const rows = views.map((view) => {
    const best = bestOf(view);
    return html`<tr><th scope="row" class="name"><a href="#${idOf(view)}">${view.name}</a></th><td class="number">${view.count}</td>
<td class="number">${formatReal(view.min)}</td><td class="number">${formatReal(view.max)}</td><td>${best?.method ?? '-'}</td><td class="number">${best ? formatDecibel(best.sqnr) : '-'}</td></tr>`;
  });
  return html`<section id="tensors"><h2>Tensors</h2><p>Those that quantize worst come first.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Tensors"><table><thead><tr><th scope="col">Tensor</th><th scope="col" class="number">values</th><th scope="col" class="number">min</th><th scope="col" class="number">max</th>
<th scope="col">best method</th><th scope="col" class="number">SQNR dB</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

/** The whole page. */
export function renderSketches(views: readonly SketchView[], scheme: AnyScheme, file: string): string {
  const quality = (view: SketchView): number => bestOf(view)?.sqnr ?? Number.POSITIVE_INFINITY;
  const sorted = views.toSorted((a, b) => quality(a) - quality(b));
  const idOf = (view: SketchView): string => `tensor-${sorted.indexOf(view)}`;
  const name = path.basename(file);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,"><title>octavo show: ${name}</title>
<style>${new Markup(PAGE_STYLE + STYLE)}</style></head>
<body><header><p class="kicker">octavo show</p><h1>${name}</h1>
<p class="lead">${formatCount(views.length, 'tensor')}, for ${scheme.type}, ${scheme.symmetric ? 'symmetric' : 'asymmetric'}</p></header>
<main>${overview(sorted, idOf)}${sorted.map((view) => tensorSection(view, idOf(view)))}</main>
<footer>Written by <code>octavo show --html</code>. Bars are as high as the logarithm of their counts; the method with the least
expected error is the one that <code>auto</code> takes. Signal to noise ratios are estimates from the histogram, not accuracies.</footer></body></html>
`;
  return page.text;
}
