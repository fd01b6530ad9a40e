// What weights in blocks stand for, and how far that is from the real ones.
import { makeError } from '../errors';
import type { BlockWeights, FloatMatrix } from './block_weights';
import { type CodebookWeights, decodeCodebook } from './codebook';

/** w = scale * (q - zeroPoint) + offset, [rows, columns], each rounded to float32 once. */
export function dequantizeBlocks(weights: BlockWeights): Float32Array {
  const { rows, columns, block, values, scale, zeroPoint, offset } = weights;
  const blocks = Math.ceil(columns / block);
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = row * blocks + Math.floor(column / block);
      const i = row * columns + column;
      result[i] = scale[at]! * (values[i]! - zeroPoint[at]!) + (offset === undefined ? 0 : offset[at]!);
    }
  return result;
}

export interface WeightError {
  /** 10 log10(sum of w^2 / sum of squared errors), in dB; Infinity without any error. */
  readonly sqnr: number;
  readonly mse: number;
  readonly maxError: number;
}

/** The error of quantized weights. Throws ERR_SHAPE unless both matrices are of one size. */
export function weightError(matrix: FloatMatrix, weights: BlockWeights | CodebookWeights): WeightError {
  if (matrix.rows !== weights.rows || matrix.columns !== weights.columns)
    throw makeError(
      'ERR_SHAPE',
      `weights of ${weights.rows} x ${weights.columns} do not stand for a matrix of ${matrix.rows} x ${matrix.columns}`,
    );
  const found = 'codes' in weights ? decodeCodebook(weights) : dequantizeBlocks(weights);
  let [signal, noise, maxError] = [0, 0, 0];
  for (let i = 0; i < found.length; i++) {
    const [real, error] = [matrix.data[i]!, matrix.data[i]! - found[i]!];
    signal += real * real;
    noise += error * error;
    maxError = Math.max(maxError, Math.abs(error));
  }
  const sqnr = noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
  return { sqnr, mse: noise / found.length, maxError };
}
