// Tensors: what calibration saw, and the range that was chosen.
import { html, type Markup } from '../../../page';
import { showDecibel, showReal, showShare } from '../figures';
import type { QuantizeReport, TensorRow } from '../report_types';
import { type Charts, type HistogramChart, histogramLabel } from './charts';

/** Histograms that are open at first: those of the tensors that lose most. */
const OPEN = 3;

function chartOf({ histogram, low, high }: TensorRow): HistogramChart | undefined {
  return histogram === null ? undefined : { kind: 'histogram', ...histogram, thresholds: [low, high] };
}

function tensorDetails(tensor: TensorRow, open: boolean, charts: Charts): Markup | undefined {
  const chart = chartOf(tensor);
  if (chart === undefined) return undefined;
  const { name, type, method, scale, zeroPoint } = tensor;
  return html`<details class="tensor"${open ? html` open` : undefined}><summary><span class="name">${name}</span> <small>${showDecibel(tensor.sqnr)}</small></summary>
<p>${type} by ${method}, scale ${showReal(scale)}, zero point ${zeroPoint}. The lines are the ends of the range; columns are as high as the logarithm of their counts.</p>
${charts.add(chart, histogramLabel(name, chart))}</details>`;
}

function tensorRow(tensor: TensorRow): Markup {
  const { name, type, method, min, max, low, high, clippingRate, deadRange, sqnr } = tensor;
  return html`<tr><th scope="row" class="name">${name}</th><td>${type}</td><td>${method}</td><td class="number">${showReal(min)}</td><td class="number">${showReal(max)}</td>
<td class="number">${showReal(low)}</td><td class="number">${showReal(high)}</td><td class="number">${showShare(clippingRate)}</td><td class="number">${showShare(deadRange)}</td>
<td class="number">${showDecibel(sqnr)}</td></tr>`;
}

/** The tensors that lose most come first; undefined where nothing was calibrated. */
export function tensorsSection({ tensors }: QuantizeReport, charts: Charts): Markup | undefined {
  if (tensors.length === 0) return undefined;
  const quality = ({ sqnr }: TensorRow): number => sqnr ?? Number.POSITIVE_INFINITY;
  const sorted = [...tensors].sort((a, b) => quality(a) - quality(b));
  return html`<section id="tensors"><h2>Ranges</h2><p>What calibration saw of each tensor and the range that was chosen; those that lose most come first.</p>
<details open><summary>All ${tensors.length} tensors</summary><div class="scroll tall" tabindex="0" role="region" aria-label="Ranges"><table><thead><tr><th scope="col">Tensor</th><th scope="col">type</th><th scope="col">method</th>
<th scope="col" class="number">min</th><th scope="col" class="number">max</th><th scope="col" class="number">from</th><th scope="col" class="number">to</th><th scope="col" class="number">clipped</th>
<th scope="col" class="number">unused</th><th scope="col" class="number">SQNR</th></tr></thead><tbody>${sorted.map(tensorRow)}</tbody></table></div></details>
${sorted.map((tensor, i) => tensorDetails(tensor, i < OPEN, charts))}</section>`;
}
