// Speed-up over threads: a line for each size, below the diagonal that no machine passes.

import { at, html, type Markup } from '../../lib/page';
import type { BenchReport } from '../report_types';
import type { ScalingReport } from '../thread_scaling';
import type { ChartSize } from './roofline_chart';
import { linearScale, type Scale } from './scales';
import { showRatio, showSizes, showTime } from './wording';

const MARGIN = { left: 34, right: 62, top: 14, bottom: 42 };
/** Lines that end close together must not write over each other. */
const LABEL_HEIGHT = 15;

const nameOf = ({ name }: ScalingReport): string => showSizes(name.replace(/^threads, int8 /, ''));

interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly right: number;
  readonly bottom: number;
}

function drawAxes({ x, y, right, bottom }: Frame, counts: readonly number[]): Markup {
  const most = counts.at(-1) ?? 1;
  return html`${y.ticks.map(
    (
      tick,
    ) => html`<line class="grid" x1="${MARGIN.left}" x2="${at(right)}" y1="${at(y.place(tick))}" y2="${at(y.place(tick))}"/>
<text x="${MARGIN.left - 7}" y="${at(y.place(tick) + 4)}" text-anchor="end">${tick}</text>`,
  )}
${counts.map((count) => html`<text x="${at(x.place(count))}" y="${at(bottom + 17)}" text-anchor="middle">${count}</text>`)}
<path class="ideal" d="M${at(x.place(0))} ${at(y.place(0))}L${at(x.place(most))} ${at(y.place(most))}"/>
<text class="axis" x="${at(right)}" y="${at(bottom + 35)}" text-anchor="end">threads</text>`;
}

function drawLines(scaling: readonly ScalingReport[], { x, y }: Frame): Markup {
  let free = Number.POSITIVE_INFINITY;
  const byHeight = [...scaling].sort(
    (a, b) => (a.points.at(-1)?.speedup.best ?? 0) - (b.points.at(-1)?.speedup.best ?? 0),
  );
  return html`${byHeight.map((one) => {
    const places = one.points.map(({ threads, speedup }) => [x.place(threads), y.place(speedup.best)] as const);
    const [lastX, lastY] = places.at(-1) ?? [0, 0];
    free = Math.min(lastY + 4, free - LABEL_HEIGHT);
    const path = places.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${at(px)} ${at(py)}`).join('');
    return html`<path class="octavo-line" d="${path}"/>${places.map(
      ([px, py]) => html`<circle class="octavo" cx="${at(px)}" cy="${at(py)}" r="4"/>`,
    )}<text class="point-name" x="${at(lastX + 9)}" y="${at(free)}">${nameOf(one)}</text>`;
  })}`;
}

function drawChart(scaling: readonly ScalingReport[], { width, height }: ChartSize): Markup {
  const counts = scaling[0]?.points.map(({ threads }) => threads) ?? [1];
  const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
  const most = counts.at(-1) ?? 1;
  const frame = {
    x: linearScale(most, { from: MARGIN.left, to: right }),
    y: linearScale(most, { from: bottom, to: MARGIN.top }),
    right,
    bottom,
  };
  return html`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Speed-up over threads. The figures are in the table below.">${drawAxes(frame, counts)}${drawLines(scaling, frame)}</svg>`;
}

function tableOf(scaling: readonly ScalingReport[]): Markup {
  const rows = scaling[0]?.points.map(({ threads }, i) => {
    const cells = scaling.map(({ points }) => {
      const point = points[i];
      return html`<td class="number">${point && showRatio(point.speedup.best)} <small>${point && showTime(point.seconds.best)}</small></td>`;
    });
    return html`<tr><th scope="row">${threads}</th>${cells}</tr>`;
  });
  const heads = scaling.map((one) => html`<th scope="col" class="number">${nameOf(one)}</th>`);
  return html`<table><thead><tr><th scope="col">threads</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}

/** Empty where the process has one thread, or scaling was not measured. */
export function scalingSection({ scaling }: BenchReport): Markup | undefined {
  const several = scaling.filter(({ points }) => points.length > 1);
  if (several.length === 0) return undefined;
  return html`<section id="threads"><h2>More threads</h2>
<p>The best time of one thread over that of several, in turn, for one product of u8 × s8. The dashed line is as many times as threads.</p>
<div class="halves"><figure><div class="for-wide">${drawChart(several, { width: 480, height: 330 })}</div><div class="for-narrow">${drawChart(several, { width: 328, height: 280 })}</div></figure>
<div>${tableOf(several)}</div></div></section>`;
}
