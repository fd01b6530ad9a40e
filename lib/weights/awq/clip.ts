// AWQ's search of ranges: each block of each row is cut where the outputs err least.
import { bandsOf, joinRows } from '../bands';
import { type BlockScheme, type BlockWeights, blockRange, type FloatMatrix } from '../block_weights';
import type { GramMatrix } from '../gram';
import { type QuadraticForm, quadraticFormInParts, quadraticForms } from '../output_error';
import { type BlockSearch, paramsOfRange } from '../range_params';
import { chooseBlocks, roundBlocks } from '../round_to_nearest';
import type { InParts } from '../turns';
import { dequantizeBlocks } from '../weight_error';

/** Ranges of 1, 19/20, ... 11/20 of the whole. */
const STEPS = 10;
const STEP = 1 / 20;

type Bounds = { readonly min: Float32Array; readonly max: Float32Array };

/** The bounds of each block, 0 among its values. */
function boundsOf({ data, rows, columns }: FloatMatrix, block: number): Bounds {
  const blocks = Math.ceil(columns / block);
  const [min, max] = [new Float32Array(rows * blocks), new Float32Array(rows * blocks)];
  for (let i = 0; i < data.length; i++) {
    const at = Math.floor(i / columns) * blocks + Math.floor((i % columns) / block);
    min[at] = Math.min(min[at]!, data[i]!);
    max[at] = Math.max(max[at]!, data[i]!);
  }
  return { min, max };
}

/** Columns of errors as a matrix of their own. */
function slice(errors: Float32Array, columns: number, from: number, to: number): Float32Array {
  const [rows, width] = [errors.length / columns, to - from];
  const result = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++)
    result.set(errors.subarray(row * columns + from, row * columns + to), row * width);
  return result;
}

/**
 * Weights rounded to the nearest level of the ranges whose errors, as the block's inputs meet them, are least: eᵀ G e over the
 * inputs of the block alone.
 *
 * @param divisors what the inputs behind the Gram matrix are divided by before they meet these weights
 */
export function* clippedWeights(
  matrix: FloatMatrix,
  scheme: BlockScheme,
  gram: GramMatrix,
  divisors: Float32Array,
): InParts<BlockWeights> {
  const { columns } = matrix;
  const forms: QuadraticForm[] = [];
  for (let from = 0; from < columns; from += scheme.block) {
    forms.push(yield* quadraticFormInParts(gram, from, Math.min(from + scheme.block, columns), divisors));
    yield undefined;
  }
  const bands: BlockWeights[] = [];
  for (const [band] of bandsOf(matrix)) bands.push(yield* clippedBand(band, scheme, forms));
  return joinRows(bands);
}

/** The same of some rows, each of which is for itself. */
function* clippedBand(
  matrix: FloatMatrix,
  scheme: BlockScheme,
  forms: readonly QuadraticForm[],
): InParts<BlockWeights> {
  const { rows, columns } = matrix;
  const { block, symmetric, type } = scheme;
  const [low, high] = blockRange(type);
  const how: BlockSearch = { low, high, symmetric };
  const { min, max } = boundsOf(matrix, block);
  const best = chooseBlocks(matrix, { ...scheme, clip: 'range' });
  const least = new Float64Array(best.scale.length).fill(Number.POSITIVE_INFINITY);
  for (let step = 0; step < STEPS; step++) {
    const part = 1 - step * STEP;
    const params = Array.from(min, (bound, i) => paramsOfRange(bound, max[i]!, how, part));
    const tried = {
      ...best,
      scale: Float32Array.from(params, ({ scale }) => scale),
      zeroPoint: Int32Array.from(params, ({ zeroPoint }) => zeroPoint),
    };
    const real = dequantizeBlocks({ ...tried, values: roundBlocks(matrix, tried) });
    const errors = real.map((value, i) => value - matrix.data[i]!);
    forms.forEach((form, b) => {
      const found = quadraticForms(slice(errors, columns, b * block, b * block + form.width), form);
      for (let row = 0; row < rows; row++) {
        const at = row * forms.length + b;
        if (!(found[row]! < least[at]!)) continue;
        least[at] = found[row]!;
        best.scale[at] = tried.scale[at]!;
        best.zeroPoint[at] = tried.zeroPoint[at]!;
      }
    });
    yield undefined;
  }
  return { ...best, values: roundBlocks(matrix, best) };
}
