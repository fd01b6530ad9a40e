// octavo beside its peers: how many times as long they take, on a logarithmic bar that starts at equality.

import { html, type Markup } from '../../lib/page';
import type { BenchReport, CaseReport } from '../report_types';
import { geometricMean } from '../summary';
import { drawBar } from './bars';
import { showRatio, showTime, sizesOf } from './wording';

/** The bar's ends: half as fast, and eight times. A longer one is cut: its figure stands beside it. */
const LOW = 0.5;
const HIGH = 8;

const placeOf = (ratio: number): number => Math.log(ratio / LOW) / Math.log(HIGH / LOW);

interface Pair {
  readonly one: CaseReport;
  readonly ratio: number;
  readonly octavo: number;
  readonly peer: number;
}

/** Every case in which a peer of this name refers to an octavo contestant. */
function pairsOf(cases: readonly CaseReport[], peer: string): Pair[] {
  return cases.flatMap((one) => {
    const found = one.contestants.find(({ name }) => name === peer);
    const base = one.contestants.find(({ name }) => name === found?.baseline);
    if (found?.ratio == null || found.seconds === null || base?.seconds == null) return [];
    return [{ one, ratio: found.ratio.best, octavo: base.seconds.best, peer: found.seconds.best }];
  });
}

function rowOf({ one, ratio, octavo, peer }: Pair): Markup {
  const bar = { from: placeOf(1), to: placeOf(ratio), look: ratio >= 1 ? 'octavo' : 'slower' };
  return html`<tr><th scope="row">${sizesOf(one)}</th><td class="chart">${drawBar(bar, [{ place: placeOf(1), look: 'origin' }])}</td>
<td class="number strong">${showRatio(ratio)}</td><td class="number">${showTime(octavo)}</td><td class="number wide">${showTime(peer)}</td></tr>`;
}

function groupOf(family: string, peer: string, pairs: readonly Pair[]): Markup {
  const mean = geometricMean(pairs.map(({ ratio }) => ratio));
  const title =
    pairs.length > 1 ? `${family}, ${peer}: ${showRatio(mean)} in the geometric mean` : `${family}, ${peer}`;
  return html`<tbody><tr class="family"><th scope="rowgroup" colspan="5">${title}</th></tr>${pairs.map(rowOf)}</tbody>`;
}

/** One table over all families and contestants of onnxruntime; empty without it. */
export function peerSection({ cases, peers }: BenchReport): Markup | undefined {
  const groups = [...new Set(cases.map(({ family }) => family))].flatMap((family) => {
    const members = cases.filter((one) => one.family === family);
    const names = new Set(members.flatMap(({ contestants }) => contestants.map(({ name }) => name)));
    return [...names]
      .filter((name) => name.startsWith('onnxruntime'))
      .map((peer) => ({ family, peer, pairs: pairsOf(members, peer) }))
      .filter(({ pairs }) => pairs.length > 0);
  });
  if (groups.length === 0) return undefined;
  return html`<section id="peers"><h2>Beside ${peers.onnxruntime}</h2>
<p>Its best time over octavo’s for the same types, in turn in the same process with as many threads. Bars start at equal
speed; each doubling is as long as the next.</p>
<table class="bars"><thead><tr><th scope="col">size</th><th scope="col"><span class="hidden">Ratio as a bar</span></th>
<th scope="col" class="number">octavo is</th><th scope="col" class="number">octavo</th><th scope="col" class="number wide">peer</th></tr></thead>
${groups.map(({ family, peer, pairs }) => groupOf(family, peer, pairs))}</table></section>`;
}
