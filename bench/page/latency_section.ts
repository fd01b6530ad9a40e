// Concurrent asynchronous calls: how long each takes, and how long the event loop keeps others waiting.

import { html, type Markup } from '../../lib/page';
import { formatCount } from '../figures';
import type { LatencyPoint, LatencyReport } from '../latency';
import type { BenchReport } from '../report_types';
import { drawSpan } from './bars';
import { decadesAround, logScale } from './scales';
import { showCount, showSizes, showTime } from './wording';

type Place = (seconds: number) => number;

function rowOf({ contestant, inFlight, callsPerSecond, latency, loopDelay }: LatencyPoint, place: Place): Markup {
  const spans = (
    [
      [latency, 'calls'],
      [loopDelay, 'event loop'],
    ] as const
  ).map(([{ p50, p99, max }]) =>
    drawSpan([place(p50), place(p99), place(max)], contestant === 'octavo' ? 'octavo' : 'peer'),
  );
  return html`<tr><th scope="row">${contestant} <small>${inFlight} in flight</small></th><td class="number wide">${showCount(callsPerSecond)}</td>
<td class="chart wide">${spans[0]}</td><td class="number">${showTime(latency.p50)}</td><td class="number wide">${showTime(latency.p90)}</td><td class="number">${showTime(latency.p99)}</td><td class="number wide">${showTime(latency.max)}</td>
<td class="chart wide">${spans[1]}</td><td class="number">${showTime(loopDelay.p99)}</td></tr>`;
}

function groupOf({ name, threads, idleDelay, points }: LatencyReport, place: Place): Markup {
  const title = `${showSizes(name.replace(/^async /, ''))}, ${formatCount(threads, 'thread')}; with nothing running the loop’s p99 is ${showTime(idleDelay.p99)}`;
  return html`<tbody><tr class="family"><th scope="rowgroup" colspan="9">${title}</th></tr>${points.map((point) => rowOf(point, place))}</tbody>`;
}

/** Empty where no load was measured. */
export function latencySection({ latency }: BenchReport): Markup | undefined {
  if (latency.length === 0) return undefined;
  const times = latency.flatMap(({ points }) =>
    points.flatMap(({ latency: wait, loopDelay }) => [wait.p50, wait.max, loopDelay.max]),
  );
  // A loop that is never late has delays of nearly nothing: below a microsecond they are all the same.
  const floor = 1e-6;
  const scale = logScale(decadesAround([floor, ...times.filter((time) => time > floor)]), { from: 0, to: 1 });
  const place = (seconds: number): number => scale.place(Math.max(floor, seconds));
  return html`<section id="latency"><h2>Under load</h2>
<p>Calls of a dynamic layer’s <code>forwardAsync</code>, always as many in flight as the row says. The event loop’s column
is how late a timer of 1 ms fires meanwhile: what everybody else in the process waits. Spans go from the median (dot) over
the 99th percentile (line) to the longest, on one logarithmic scale.</p>
<div class="scroll" role="region" aria-label="Latencies" tabindex="0"><table class="bars loads"><thead><tr><th scope="col">calls of</th><th scope="col" class="number wide">calls/s</th>
<th scope="col" class="wide"><span class="hidden">Latency as a span</span></th><th scope="col" class="number">p50</th><th scope="col" class="number wide">p90</th><th scope="col" class="number">p99</th><th scope="col" class="number wide">longest</th>
<th scope="col" class="wide"><span class="hidden">Delay of the event loop as a span</span></th><th scope="col" class="number">loop p99</th></tr></thead>
${latency.map((one) => groupOf(one, place))}</table></div></section>`;
}
