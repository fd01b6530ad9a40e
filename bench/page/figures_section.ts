// Every figure of the run, case by case, in tables that open.

import { html, type Markup } from '../../lib/page';
import type { BenchReport, CaseReport, ContestantReport } from '../report_types';
import { showBound, showRate } from './limit_section';
import { showPercent, showRatio, showSizes, showTime } from './wording';

function rowOf(contestant: ContestantReport): Markup {
  const { name, seconds, ofBound, ratio, baseline, note, status } = contestant;
  if (seconds === null) return html`<tr><th scope="row">${name}</th><td colspan="6">${status}: ${note ?? ''}</td></tr>`;
  return html`<tr><th scope="row">${name}</th><td class="number">${showTime(seconds.best)}</td><td class="number">${showTime(seconds.median)}</td>
<td class="number">${showRate(contestant)}</td><td class="number">${ofBound === null ? '–' : showPercent(ofBound.best)}</td><td>${ofBound === null ? '–' : showBound(ofBound)}</td>
<td class="number">${ratio === null || baseline === name ? '–' : showRatio(ratio.best)}</td></tr>`;
}

function groupOf({ name, contestants }: CaseReport): Markup {
  return html`<tbody><tr class="family"><th scope="rowgroup" colspan="7">${showSizes(name)}</th></tr>${contestants.map(rowOf)}</tbody>`;
}

function familyTable(family: string, cases: readonly CaseReport[]): Markup {
  return html`<details><summary>${family} <small>${cases.length} ${cases.length === 1 ? 'case' : 'cases'}</small></summary>
<div class="scroll" role="region" aria-label="${family}" tabindex="0"><table><thead><tr><th scope="col">Who</th><th scope="col" class="number">best</th>
<th scope="col" class="number">median</th><th scope="col" class="number">rate</th><th scope="col" class="number">of limit</th>
<th scope="col">limit</th><th scope="col" class="number">time ratio</th></tr></thead>${cases.map(groupOf)}</table></div></details>`;
}

export function figuresSection({ cases }: BenchReport): Markup | undefined {
  if (cases.length === 0) return undefined;
  const families = [...new Set(cases.map(({ family }) => family))];
  const tables = families.map((family) =>
    familyTable(
      family,
      cases.filter((one) => one.family === family),
    ),
  );
  return html`<section id="figures"><h2>All figures</h2><p>Ratios are times over those of the case’s first line; a peer’s over
those of octavo with the same types.</p>${tables}</section>`;
}
