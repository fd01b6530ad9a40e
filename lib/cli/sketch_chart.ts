// The histogram of a sketch as a chart, with the thresholds of every method drawn in.
import { columnCounts, type HistogramPart } from '../calibrate/histogram_columns';
import { at, html, type Markup } from '../page';
import { formatReal } from './format_real';
import { shownPart } from './sketch_text';
import type { SketchView } from './sketch_view';
import { heightsOf } from './terminal_histogram';

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

/** Room around the bars; above them each method has a line for its name. */
const MARGIN = { left: 8, right: 8, bottom: 26 };
const LINE = 15;
const LETTER = 6.6;

interface Frame {
  readonly part: HistogramPart;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const placeOf = ({ part: { from, to }, left, right }: Frame, value: number): number =>
  left + ((Math.min(Math.max(value, from), to) - from) / (to - from)) * (right - left);

function drawBars(frame: Frame): Markup {
  const { part, left, right, top, bottom } = frame;
  const columns = Math.max(1, Math.floor((right - left) / 3));
  const width = (right - left) / columns;
  const path = heightsOf(columnCounts(part, columns)).flatMap((height, i) =>
    height === 0
      ? []
      : `M${at(left + i * width)} ${bottom}v-${at(height * (bottom - top))}h${at(width - 0.6)}V${bottom}z`,
  );
  return html`<path class="octavo faint-bars" d="${path.join('')}"/>`;
}

/** The lines of one method, and its name at the right one. */
function drawMethod(frame: Frame, { methods }: SketchView, index: number): Markup | undefined {
  const method = methods[index];
  const choice = method?.channels[0];
  if (method === undefined || choice === undefined) return undefined;
  const y = 4 + LINE * (index + 1);
  const look = method.best ? 'threshold best' : 'threshold';
  const nameLook = method.best ? 'threshold-name best-name' : 'threshold-name';
  const { from, to } = frame.part;
  const values = [choice.min, choice.max].filter((value) => value >= from && value <= to);
  const lines = values.map((value) => {
    const x = at(placeOf(frame, value));
    return html`<line class="${look}" x1="${x}" x2="${x}" y1="${y - 4}" y2="${frame.bottom}"/>`;
  });
  const end = placeOf(frame, choice.max);
  const text = `${method.method} ${formatReal(choice.max)}`;
  const inside = end + 6 + text.length * LETTER > frame.right;
  const label = html`<text class="${nameLook}" x="${at(inside ? end - 6 : end + 6)}" y="${y}" text-anchor="${inside ? 'end' : 'start'}">${text}</text>`;
  return html`${lines}${label}`;
}

function drawAxis(frame: Frame): Markup {
  const { left, right, bottom, part } = frame;
  const zero = placeOf(frame, 0);
  const y = bottom + 17;
  const clear = zero - left > 70 && right - zero > 70;
  return html`<line class="origin" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>
<text x="${left}" y="${y}">${formatReal(part.from)}</text><text x="${right}" y="${y}" text-anchor="end">${formatReal(part.to)}</text>
${clear ? html`<text x="${at(zero)}" y="${y}" text-anchor="middle">0</text>` : undefined}`;
}

/** The chart of a tensor; undefined where no value other than 0 was seen. Thresholds are drawn for whole tensors only. */
export function drawSketch(view: SketchView, { width, height }: ChartSize): Markup | undefined {
  const part = shownPart(view);
  if (part === undefined) return undefined;
  const methods = view.channels === 1 ? view.methods.length : 0;
  const frame = {
    part,
    left: MARGIN.left,
    right: width - MARGIN.right,
    top: 10 + LINE * (methods + (methods > 0 ? 1 : 0)),
    bottom: height - MARGIN.bottom,
  };
  const names = Array.from({ length: methods }, (_, i) => drawMethod(frame, view, i));
  const label = `Histogram of ${view.name} from ${formatReal(part.from)} to ${formatReal(part.to)}`;
  return html`<svg role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${drawBars(frame)}${names}${drawAxis(frame)}</svg>`;
}
