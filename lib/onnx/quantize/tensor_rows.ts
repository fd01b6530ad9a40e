// What the report says of tensors: what calibration saw, and the range that was chosen.
import type { Sketch } from '../../calibrate';
import { columnCounts } from '../../calibrate/histogram_columns';
import { expectedError } from '../../calibrate/methods';
import type { SketchChannel } from '../../calibrate/sketch_words';
import { wholeOf } from '../../calibrate/whole_channel';
import { rangeOf } from '../../quantize/scheme';
import type { LayerDecision, TensorParams } from '../decisions';
import type { TensorRow } from '../report';

/** Columns of the histograms on the page. */
const COLUMNS = 120;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** The part of the histogram that holds the data and 0; null before a value other than 0 came. */
function histogramOf({ exponent, counts, min, max }: SketchChannel): TensorRow['histogram'] {
  if (exponent === null) return null;
  const [from, to] = [Math.min(min, 0), Math.max(max, 0)];
  const part = { counts: Array.from(counts, Number), limit: 2 ** exponent, from, to };
  return { from, to, counts: columnCounts(part, COLUMNS).map((count) => Math.round(count)) };
}

function rowOf(
  name: string,
  { type, scale: scales, zeroPoint: zeros, range }: TensorParams,
  sketch: Sketch,
): TensorRow {
  const channel = wholeOf(sketch);
  const [low, high] = rangeOf(type as Parameters<typeof rangeOf>[0]);
  const [scale, zeroPoint] = [scales[0]!, zeros[0]!];
  const { clippingRate, deadRange, sqnr } = expectedError(channel, { scale, zeroPoint, low, high });
  return {
    ...{ name, type, scale, zeroPoint, clippingRate, deadRange },
    method: range?.method ?? '-',
    min: finite(channel.min),
    max: finite(channel.max),
    low: scale * (low - zeroPoint),
    high: scale * (high - zeroPoint),
    sqnr: finite(sqnr),
    histogram: histogramOf(channel),
  };
}

/** Tensors that were both calibrated and quantized as a whole, each once, in the order of the layers. */
export function tensorRows(decisions: readonly LayerDecision[], sketches: ReadonlyMap<string, Sketch>): TensorRow[] {
  const rows = new Map<string, TensorRow>();
  for (const { tensors } of decisions)
    for (const [name, params] of Object.entries(tensors)) {
      const sketch = sketches.get(name);
      if (sketch === undefined || rows.has(name) || params.axis !== undefined || params.type === 'int32') continue;
      rows.set(name, rowOf(name, params, sketch));
    }
  return [...rows.values()];
}
