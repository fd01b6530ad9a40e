// How near octavo comes to its limits: a bar for each case, a line where the peer is.

import { html, type Markup } from '../../lib/page';
import { formatDigits } from '../figures';
import type { BenchReport, CaseReport, ContestantReport } from '../report_types';
import { drawBar } from './bars';
import { showPercent, showTime, sizesOf } from './wording';

/** 'instructions', 'reading L2'. */
export function showBound(ofBound: NonNullable<ContestantReport['ofBound']>): string {
  if (ofBound.level === null) return 'instructions';
  return `${ofBound.kind === 'read' ? 'reading' : 'copying'} ${ofBound.level}`;
}

/** What a contestant makes of its limit: bytes where bytes are the limit. */
export function showRate({ rate, bandwidth, ofBound }: ContestantReport): string {
  if (ofBound?.level && bandwidth !== null) return `${formatDigits(bandwidth.best / 1e9)} GB/s`;
  return rate === null ? '' : `${formatDigits(rate.best / 1e9)} G${rate.unit}`;
}

function rowOf(one: CaseReport): Markup | undefined {
  const [octavo] = one.contestants;
  if (octavo?.ofBound == null || octavo.seconds === null) return undefined;
  const share = octavo.ofBound.best;
  const peer = one.contestants.find(({ name }) => name.startsWith('onnxruntime'))?.ofBound ?? undefined;
  const marks = peer === undefined ? [] : [{ place: peer.best, look: 'peer' }];
  return html`<tr><th scope="row">${sizesOf(one)}</th><td class="chart">${drawBar({ to: share, look: 'octavo' }, marks)}</td>
<td class="number strong">${showPercent(share)}</td><td class="number wide">${peer && showPercent(peer.best)}</td>
<td class="number">${showTime(octavo.seconds.best)}</td><td class="number wide">${showRate(octavo)}</td><td class="wide">${showBound(octavo.ofBound)}</td></tr>`;
}

function groupOf(family: string, cases: readonly CaseReport[]): Markup {
  const rows = cases.map(rowOf);
  return html`<tbody><tr class="family"><th scope="rowgroup" colspan="7">${family}</th></tr>${rows}</tbody>`;
}

/** A table with a group of rows for each family; empty if nothing has a limit. */
export function limitSection({ cases }: BenchReport): Markup | undefined {
  const bounded = cases.filter(({ contestants }) => contestants[0]?.ofBound);
  if (bounded.length === 0) return undefined;
  const families = [...new Set(bounded.map(({ family }) => family))];
  return html`<section id="limits"><h2>How near the limit</h2>
<p>Each case’s best time against the limit that it meets first, measured beside it in the same rounds: the register-only
loop of the same instructions, or reading the same bytes from where they lie.</p>
<div class="legend"><span class="key">octavo</span><span class="key line-key">onnxruntime-node</span></div>
<table class="bars"><thead><tr><th scope="col">size</th><th scope="col"><span class="hidden">Share of the limit as a bar</span></th>
<th scope="col" class="number">of limit</th><th scope="col" class="number wide">peer</th><th scope="col" class="number">best</th>
<th scope="col" class="number wide">rate</th><th scope="col" class="wide">limit</th></tr></thead>
${families.map((family) =>
  groupOf(
    family,
    bounded.filter((one) => one.family === family),
  ),
)}</table></section>`;
}
