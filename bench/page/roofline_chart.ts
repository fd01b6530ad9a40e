// The roofline: operations a second over operations a byte, under the roofs of instructions and of each level's bandwidth.

import { at, html, type Markup } from '../../lib/page';
import { formatDigits } from '../figures';
import type { BenchReport, CaseReport, ContestantReport } from '../report_types';
import { type Box, type LabelWish, type Placed, placeLabels } from './label_places';
import { decadesAround, logScale, type Scale } from './scales';
import { showTime, sizesOf } from './wording';

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

type Kind = 'octavo' | 'cold' | 'peer';

interface Point {
  readonly kind: Kind;
  readonly label: string;
  readonly title: string;
  /** Operations a byte. */
  readonly intensity: number;
  /** Operations a second. */
  readonly rate: number;
}

const KINDS: Readonly<Record<string, Kind>> = {
  octavo: 'octavo',
  'octavo, cold': 'cold',
  onnxruntime: 'peer',
};

function pointOf(one: CaseReport, { name, work, rate, seconds }: ContestantReport): Point | undefined {
  const kind = KINDS[name];
  if (kind === undefined || work === null || rate === null || seconds === null) return undefined;
  const title = `${name}, ${sizesOf(one)}: ${formatDigits(rate.best / 1e9)} GOPS, ${showTime(seconds.best)}`;
  return { kind, label: sizesOf(one), title, intensity: work.operations / work.bytes, rate: rate.best };
}

/** The points of all int8 products, octavo's last: they lie on top. */
function pointsOf({ cases }: BenchReport): Point[] {
  const products = cases.filter(({ family }) => family === 'gemm int8');
  const points = products.flatMap((one) => one.contestants.flatMap((contestant) => pointOf(one, contestant) ?? []));
  const order: readonly Kind[] = ['peer', 'cold', 'octavo'];
  return points.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly area: Box;
  readonly peak: number;
}

const MARGIN = { left: 46, right: 18, top: 34, bottom: 42 };
/** The chart shows this much below the roof: what lies deeper is bound by neither, but by the call itself. */
const DEPTH = 40;

function frameOf({ peaks, settings }: BenchReport, points: readonly Point[], { width, height }: ChartSize): Frame {
  const peak = peaks.int8.best * settings.threads;
  const ridges = peaks.bandwidth.map(({ read }) => peak / read.best);
  const area = {
    x: MARGIN.left,
    y: MARGIN.top,
    width: width - MARGIN.left - MARGIN.right,
    height: height - MARGIN.top - MARGIN.bottom,
  };
  const intensities = [...points.map(({ intensity }) => intensity), ...ridges];
  const x = { from: decadesAround(intensities).from, to: 1.5 * Math.max(...intensities) };
  const y = { from: peak / DEPTH, to: peak * 1.1 };
  return {
    x: logScale(x, { from: area.x, to: area.x + area.width }),
    y: logScale(y, { from: area.y + area.height, to: area.y }),
    area,
    peak,
  };
}

function drawAxes({ x, y, area }: Frame): Markup {
  const [bottom, right] = [area.y + area.height, area.x + area.width];
  return html`${x.ticks.map(
    (
      tick,
    ) => html`<line class="grid" x1="${at(x.place(tick))}" x2="${at(x.place(tick))}" y1="${area.y}" y2="${bottom}"/>
<text x="${at(x.place(tick))}" y="${bottom + 17}" text-anchor="middle">${tick.toLocaleString('en')}</text>`,
  )}
${y.ticks.map(
  (tick) => html`<line class="grid" x1="${area.x}" x2="${right}" y1="${at(y.place(tick))}" y2="${at(y.place(tick))}"/>
<text x="${area.x - 7}" y="${at(y.place(tick) + 4)}" text-anchor="end">${(tick / 1e9).toLocaleString('en')}</text>`,
)}
<text class="axis" x="${right}" y="${bottom + 35}" text-anchor="end">operations a byte</text>
<text class="axis" x="4" y="12">GOPS</text>`;
}

function drawRoofs({ peaks }: BenchReport, { x, y, area, peak }: Frame): Markup {
  const right = area.x + area.width;
  const slopes = peaks.bandwidth.map(({ level, read }) => {
    const ridge = peak / read.best;
    // A diagonal starts where it enters the chart: at its left, or at its bottom.
    const start = Math.max(peak / DEPTH / read.best, x.ticks[0] ?? 1);
    return html`<path class="roof" d="M${at(x.place(start))} ${at(y.place(start * read.best))}L${at(x.place(ridge))} ${at(y.place(peak))}"/>
<text class="roof-name" x="${at(x.place(ridge))}" y="${at(y.place(peak) - 7)}" text-anchor="middle">${level}</text>`;
  });
  const first = Math.max(...peaks.bandwidth.map(({ read }) => read.best));
  const ridge = x.place(peak / first);
  return html`${slopes}<path class="roof" d="M${at(ridge)} ${at(y.place(peak))}H${right}"/>
<text class="roof-name" x="${right}" y="${at(y.place(peak) - 7)}" text-anchor="end">${formatDigits(peak / 1e9)} GOPS</text>`;
}

const RADIUS = 5;

function drawMark({ kind, title }: Point, x: number, y: number): Markup {
  const label = html`<title>${title}</title>`;
  if (kind === 'cold') return html`<path class="cold" d="M${at(x)} ${at(y - 6)}l6 6l-6 6l-6 -6z">${label}</path>`;
  return html`<circle class="${kind}" cx="${at(x)}" cy="${at(y)}" r="${RADIUS - 0.5}">${label}</circle>`;
}

/** Width of a label's letters, as wide as the usual fonts have them. */
const LETTER = 6.5;

function drawLeader(wish: LabelWish, box: Placed | undefined): Markup | undefined {
  if (!box?.leader) return undefined;
  const end = box.y + (box.y < wish.y ? box.height : 0);
  return html`<line class="leader" x1="${at(wish.x)}" y1="${at(wish.y)}" x2="${at(wish.x)}" y2="${at(end)}"/>`;
}

function drawLabel({ label }: Point, box: Placed | undefined): Markup | undefined {
  return box && html`<text class="point-name" x="${at(box.x)}" y="${at(box.y + 10.5)}">${label}</text>`;
}

/** Labels of octavo's points where there is room; the others are named by their tooltip. */
function drawPoints(all: readonly Point[], { x, y, area, peak }: Frame): Markup {
  const points = all.filter(({ rate }) => rate > peak / DEPTH);
  const places = points.map(({ intensity, rate }) => ({ x: x.place(intensity), y: y.place(rate) }));
  const side = 2 * RADIUS;
  const taken = places.map((place) => ({ x: place.x - RADIUS, y: place.y - RADIUS, width: side, height: side }));
  const named = points.flatMap((point, i) => {
    const place = places[i];
    const wish = place && { ...place, width: LETTER * point.label.length, height: 13 };
    return point.kind === 'octavo' && wish ? [{ point, wish }] : [];
  });
  const roof = y.place(peak); // above it stand the names of the roofs
  const boxes = placeLabels(
    named.map(({ wish }) => wish),
    taken,
    { ...area, y: roof, height: area.y + area.height - roof },
    RADIUS + 3,
  );
  const leaders = named.map(({ wish }, i) => drawLeader(wish, boxes[i]));
  const labels = named.map(({ point }, i) => drawLabel(point, boxes[i]));
  return html`${leaders}${labels}${points.map((point, i) => drawMark(point, places[i]?.x ?? 0, places[i]?.y ?? 0))}`;
}

/** What lies below the chart, in words. */
export function belowChart(report: BenchReport): string {
  const floor = (report.peaks.int8.best * report.settings.threads) / DEPTH;
  const names = pointsOf(report)
    .filter(({ kind, rate }) => kind === 'octavo' && rate <= floor)
    .map(({ label, rate }) => `${label} (${formatDigits(rate / 1e9)} GOPS)`);
  return names.length === 0 ? '' : `Below the chart: ${names.join(', ')}, where the call itself is what takes time.`;
}

/** The chart in one size; empty without an int8 product. */
export function drawRoofline(report: BenchReport, size: ChartSize): Markup | undefined {
  const points = pointsOf(report);
  if (points.length === 0) return undefined;
  const frame = frameOf(report, points, size);
  return html`<svg viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" aria-label="Roofline: each int8 product by its operations a byte and its rate, below the limits of instructions and memory. The figures are in the tables below.">
${drawAxes(frame)}${drawRoofs(report, frame)}${drawPoints(points, frame)}
</svg>`;
}
