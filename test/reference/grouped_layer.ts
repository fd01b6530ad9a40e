// Layers whose weights have scales in groups, step by step in float32: the order of operations that QuantizedLinear promises.
import type { BlockWeights } from '../../lib/weights';
import { fma } from './float32_arithmetic';
import { type EpilogueModel, finishScaled } from './quantized_layer';
import { quantizeRow } from './quantized_values';

export interface GroupedModel extends EpilogueModel {
  readonly weights: BlockWeights;
  /** What x is divided by, channel by channel. */
  readonly inputScale?: Float32Array;
}

/** One output's chain over its groups: each group's exact sum, scaled and added with one rounding. */
function chain(row: readonly number[], weights: BlockWeights, j: number, part: (q: number) => number, factor: number) {
  const { columns, block, values, scale, zeroPoint } = weights;
  const blocks = Math.ceil(columns / block);
  let f = 0;
  for (let g = 0; g < blocks; g++) {
    const at = j * blocks + g;
    let sum = 0;
    for (let p = g * block; p < Math.min(columns, (g + 1) * block); p++)
      sum += row[p]! * (part(values[j * columns + p]!) - part(zeroPoint[at]!));
    f = fma(Math.fround(sum), Math.fround(scale[at]! * factor), f);
  }
  return f;
}

const whole = (q: number) => q;
const upper = (q: number) => Math.floor(q / 16);
const lower = (q: number) => q - 16 * upper(q);

/** The outputs [m, n] for rows x [m, k], as numbers. */
export function forwardGrouped(model: GroupedModel, x: Float32Array, residual?: Float32Array): number[] {
  const { weights, inputScale } = model;
  const { rows: n, columns: k, type } = weights;
  // uint8 differs from int8 by 128 in values and zero points.
  const shift = type === 'uint8' ? 128 : 0;
  const signed: BlockWeights = {
    ...weights,
    values: shift === 0 ? weights.values : Int8Array.from(weights.values, (q) => q - shift),
    zeroPoint: weights.zeroPoint.map((z) => z - shift),
  };
  const out: number[] = [];
  for (let i = 0; i < x.length / k; i++) {
    const given = x.subarray(i * k, (i + 1) * k);
    const { values, scale } = quantizeRow(inputScale === undefined ? given : given.map((v, p) => v / inputScale[p]!));
    for (let j = 0; j < n; j++) {
      const added = residual?.[i * n + j];
      const times = (f: number) => Math.fround(f * scale);
      if (type.endsWith('4')) {
        out.push(finishScaled(model, times(chain(values, signed, j, whole, 1)), j, added));
        continue;
      }
      const high = times(chain(values, signed, j, upper, 16));
      const low = times(chain(values, signed, j, lower, 1));
      out.push(finishScaled(model, low, j, added === undefined ? high : Math.fround(high + added)));
    }
  }
  return out;
}
