// Layers: how many of each operator run in integers, why others do not, and how much signal each leaves.
import { html, type Markup } from '../../../page';
import { coverageByOp, type OpCoverage } from '../coverage';
import { showDecibel } from '../figures';
import type { LayerRow, QuantizeReport } from '../report_types';
import type { Charts } from './charts';

const rule = (id: string | null): Markup | undefined => (id === null ? undefined : html` <code>${id}</code>`);

function opRow({ opType, layers, integer, forms, reasons }: OpCoverage): Markup {
  const share = (100 * integer) / layers;
  const formed = Object.entries(forms).map(([form, count]) => `${form} ${count}`);
  return html`<tr><th scope="row">${opType}</th><td class="number">${integer} / ${layers}</td>
<td class="share"><span class="track" aria-hidden="true"><span style="width:${share.toFixed(1)}%"></span></span></td><td>${formed.join(', ')}</td>
<td>${reasons.map(({ text, rule: id, count }) => html`<div>${count > 1 ? `${count} × ` : ''}${text}${rule(id)}</div>`)}</td></tr>`;
}

/** By operator. */
export function coverageSection({ layers, target }: QuantizeReport): Markup {
  return html`<section id="coverage"><h2>Coverage</h2><p>Layers that run on an integer kernel under ${target}, by operator; and why the others do not.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Coverage by operator"><table><thead><tr><th scope="col">Operator</th><th scope="col" class="number">integer</th>
<th scope="col"><span class="hidden">share</span></th><th scope="col">form</th><th scope="col">not, because</th></tr></thead><tbody>${coverageByOp(layers).map(opRow)}</tbody></table></div></section>`;
}

function layerRow(layer: LayerRow, index: number): Markup {
  const { name, opType, form, predicted, reason, rule: id, remedy, sqnr } = layer;
  return html`<tr><td class="number">${index + 1}</td><th scope="row" class="name">${name}</th><td>${opType}</td><td>${form}</td><td>${predicted ?? '–'}</td>
<td class="number">${sqnr === null ? '–' : showDecibel(sqnr)}</td><td>${reason ?? ''}${rule(id)}${remedy === null ? undefined : html`<div class="remedy">${remedy}</div>`}</td></tr>`;
}

/** One by one, with a chart of the signal along the order of the graph. */
export function layersSection({ layers }: QuantizeReport, charts: Charts): Markup {
  const known = layers.filter(({ sqnr }) => sqnr !== null);
  const chart =
    known.length < 2
      ? undefined
      : charts.add(
          {
            kind: 'series',
            names: layers.map(({ name }) => name),
            unit: 'dB',
            series: [{ label: 'SQNR', bars: false, values: layers.map(({ sqnr }) => sqnr) }],
          },
          'Signal to noise ratio of each layer along the graph, in dB',
        );
  const about =
    chart &&
    html`<p>Signal to noise ratio of each output against the float model's, all layers quantized: where it falls,
the error comes in. It tells where to look; it does not predict accuracy.</p>`;
  return html`<section id="layers"><h2>Layers</h2>${about}${chart}
<details${chart === undefined ? html` open` : undefined}><summary>All ${layers.length} layers</summary><div class="scroll" tabindex="0" role="region" aria-label="Layers"><table><thead><tr><th scope="col" class="number">#</th><th scope="col">Layer</th><th scope="col">operator</th>
<th scope="col">form</th><th scope="col">runs as</th><th scope="col" class="number">SQNR</th><th scope="col">why</th></tr></thead><tbody>${layers.map(layerRow)}</tbody></table></div></details></section>`;
}
