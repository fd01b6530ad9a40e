// What changed since an earlier run.

import { html, type Markup } from '../../lib/page';
import type { Change, Comparison } from '../compare';
import { showSizes, showTime } from './wording';

const showChange = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)} %`;

function rowOf({ name, contestant, before, after, time, distance, noise, verdict }: Change): Markup {
  return html`<tr><th scope="row">${showSizes(name)}: ${contestant}</th><td class="${verdict}-text">${verdict}</td>
<td class="number">${showTime(before)}</td><td class="number">${showTime(after)}</td><td class="number">${showChange(time)}</td>
<td class="number">${showChange(distance)}</td><td class="number">${(100 * noise).toFixed(1)} %</td></tr>`;
}

export function changeSection({ before, changes }: Comparison): Markup {
  const of = (verdict: Change['verdict']): Change[] => changes.filter((change) => change.verdict === verdict);
  const [slower, faster, same] = [of('slower'), of('faster'), of('same')];
  const table = html`<div class="scroll" role="region" aria-label="Changes" tabindex="0"><table><thead><tr><th scope="col">What</th><th scope="col">is</th>
<th scope="col" class="number">before</th><th scope="col" class="number">now</th><th scope="col" class="number">time</th>
<th scope="col" class="number">to the limit</th><th scope="col" class="number">noise</th></tr></thead><tbody>${[...slower, ...faster].map(rowOf)}</tbody></table></div>`;
  return html`<section id="changes"><h2>Since octavo ${before.octavo} of ${before.date.slice(0, 10)}</h2>
<p>${slower.length} slower, ${faster.length} faster, ${same.length} within the noise that the two runs measured.</p>
${slower.length + faster.length > 0 ? table : undefined}</section>`;
}
