// Layers whose weights meet float32 rows as they are, one fused multiply-add after the other.
import { absmaxOf, type CodebookWeights, codeTable } from '../../lib/weights';
import { fma } from './float32_arithmetic';
import { type EpilogueModel, finishScaled } from './quantized_layer';

export interface FloatWeightModel extends EpilogueModel {
  readonly n: number;
  readonly k: number;
  /** Values of a row that share a magnitude; absent for weights that have none. */
  readonly group?: number;
  /** What stands before the magnitude, or the weight itself. */
  valueAt(j: number, p: number): number;
  magnitudeAt?(j: number, g: number): number;
}

/** The model of codes: groups are of the largest size that divides both a row and the blocks. */
export function codebookModel(weights: CodebookWeights, epilogue: EpilogueModel): FloatWeightModel {
  const { type, rows: n, columns: k, block, codes } = weights;
  const [table, absmax] = [codeTable(type), absmaxOf(weights)];
  let [group, rest] = [k, block];
  while (rest > 0) [group, rest] = [rest, group % rest];
  const codeAt = (i: number) => (codes[i >> 1]! >> (i % 2 === 0 ? 4 : 0)) & 15;
  return {
    ...epilogue,
    ...{ n, k, group },
    valueAt: (j, p) => table[codeAt(j * k + p)]!,
    magnitudeAt: (j, g) => absmax[Math.floor((j * k + g * group) / block)]!,
  };
}

/** The outputs [m, n] for rows x [m, k], as numbers; a float16 as its bits. */
export function forwardFloatWeights(model: FloatWeightModel, x: Float32Array, residual?: Float32Array): number[] {
  const { n, k, group = k, valueAt, magnitudeAt } = model;
  const out: number[] = [];
  for (let i = 0; i < x.length / k; i++)
    for (let j = 0; j < n; j++) {
      let f = 0;
      for (let g = 0; g * group < k; g++) {
        let sum = 0;
        for (let p = g * group; p < (g + 1) * group; p++) sum = fma(x[i * k + p]!, valueAt(j, p), sum);
        f = magnitudeAt === undefined ? sum : fma(sum, magnitudeAt(j, g), f);
      }
      out.push(finishScaled(model, f, j, residual?.[i * n + j]));
    }
  return out;
}
