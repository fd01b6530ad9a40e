// The forms of an int8 product beside its plainest one: signed activations, other outputs, cold weights.

import { html, type Markup } from '../../lib/page';
import type { BenchReport, CaseReport } from '../report_types';
import { isOctavo } from '../summary';
import { showTime, sizesOf } from './wording';

/** +3.2 %. */
const showDifference = (ratio: number): string => `${ratio < 1 ? '−' : '+'}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;

function rowOf(one: CaseReport, forms: readonly string[]): Markup {
  const first = one.contestants[0]?.seconds;
  const cells = forms.map((form) => {
    const ratio = one.contestants.find(({ name }) => name === form)?.ratio?.median ?? null;
    return html`<td class="number">${ratio === null ? '–' : showDifference(ratio)}</td>`;
  });
  return html`<tr><th scope="row">${sizesOf(one)}</th><td class="number">${first ? showTime(first.best) : '–'}</td>${cells}</tr>`;
}

/** A table of differences in time beside each case's first contestant; empty without such cases. */
function tableOf(
  cases: readonly CaseReport[],
  { family, plain }: { family: string; plain: string },
): Markup | undefined {
  const products = cases.filter((one) => one.family === family);
  const names = products.flatMap(({ contestants }) => contestants.map(({ name }) => name));
  const forms = [...new Set(names)].filter((name) => isOctavo(name) && name !== 'octavo');
  if (forms.length === 0) return undefined;
  const heads = forms.map(
    (form) => html`<th scope="col" class="number">${form.replace(/^octavo,? /, '').replace('8x', '8 × ')}</th>`,
  );
  return html`<div class="scroll" role="region" aria-label="Forms beside ${plain}" tabindex="0"><table><thead><tr><th scope="col">m × n × k</th>
<th scope="col" class="number">${plain}</th>${heads}</tr></thead><tbody>${products.map((one) => rowOf(one, forms))}</tbody></table></div>`;
}

/** What a product or a layer takes beside its plainest form. */
export function formsSection({ cases }: BenchReport): Markup | undefined {
  const products = tableOf(cases, { family: 'gemm int8', plain: 'u8 × s8' });
  const layers = tableOf(cases, { family: 'linear epilogue', plain: 'float32' });
  if (products === undefined && layers === undefined) return undefined;
  const note = html`<p>Beside a layer’s plain float32 results, what its epilogue does costs:</p>`;
  return html`<section id="forms"><h2>What other forms cost</h2>
<p>Time beside u8 × s8 with int32 results and hot weights, both in the same rounds: the median of what they show. Cold:
the weights come from memory, as many copies take turns as exceed the last cache.</p>
${products}${layers && html`${note}${layers}`}</section>`;
}
