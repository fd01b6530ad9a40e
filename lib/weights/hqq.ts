// HQQ (H. Badri and A. Shaji, "Half-quadratic quantization of large machine learning models", 2023): real zero points whose
// errors have the least p-norm, without any data.
import { makeError } from '../errors';
import { checkInteger, checkOptions, reject } from '../validate';
import {
  allocateValues,
  type BlockScheme,
  type BlockWeights,
  blockRange,
  checkBlockScheme,
  checkFinite,
  checkMatrix,
  type FloatMatrix,
} from './block_weights';
import { roundHalfToEven } from './range_params';
import { type InParts, PART_VALUES, runParts, runTurns } from './turns';
import { isCodebookScheme, type MethodResult, type WeightMethod, type WeightProblem } from './weight_method';

export interface HqqOptions {
  /** Of the norm, below 1: large errors count for less than their size. Default: 0.7. */
  readonly p?: number | undefined;
  /** How closely the auxiliary errors follow the real ones at first, and what it grows by. Default: 10 and 1.01. */
  readonly beta?: number | undefined;
  readonly growth?: number | undefined;
  /** At most so many; they end when the mean error stops falling. Default: 20. */
  readonly iterations?: number | undefined;
}

type Settings = { readonly [K in keyof HqqOptions]-?: number };

/**
 * Chooses zero points for asymmetric blocks; scales are those of the blocks' ranges. The zero points are real numbers: the
 * result keeps their integer part as such, and the rest as `offset`.
 *
 * @throws ERR_DTYPE, ERR_RANGE for malformed options; its quantize ERR_UNSUPPORTED for codebooks and symmetric schemes
 */
export function hqq(options: HqqOptions = {}): WeightMethod {
  const { p = 0.7, beta = 10, growth = 1.01, iterations = 20 } = checkOptions('options', options);
  for (const [name, value] of Object.entries({ p, beta, growth })) {
    if (typeof value !== 'number') reject(name, 'a number', value, 'ERR_DTYPE');
    if (!(value > 0 && value < 1e6)) reject(name, 'greater than 0', value, 'ERR_RANGE');
  }
  const settings = { p, beta, growth, iterations: checkInteger('iterations', iterations, 1, 1000) };
  return {
    name: 'hqq',
    needsGram: false,
    quantize: (problem) => runParts(halfQuadratic(problem, settings)),
    quantizeAsync: (problem, watch) => runTurns(halfQuadratic(problem, settings), watch),
  };
}

/** Blocks with the inverse of their step, and their zero points, in double. */
interface Search {
  readonly matrix: FloatMatrix;
  readonly block: number;
  readonly low: number;
  readonly high: number;
  readonly inverse: Float64Array;
}

function* halfQuadratic({ matrix: given, scheme }: WeightProblem, settings: Settings): InParts<MethodResult> {
  if (isCodebookScheme(scheme) || scheme.symmetric)
    throw makeError('ERR_UNSUPPORTED', 'hqq chooses zero points: it takes asymmetric schemes of integers');
  const matrix = checkMatrix('matrix', given);
  const { type, block } = checkBlockScheme('scheme', scheme);
  checkFinite(matrix.data);
  const [low, high] = blockRange(type);
  const { inverse, zero } = yield* rangesOf(matrix, block, low, high);
  const search = { matrix, block, low, high, inverse };
  return { weights: yield* stored(type, search, yield* bestZero(search, zero, settings)) };
}

/** One block after the other; a part is over behind each PART_VALUES values. */
function* eachBlock(
  { rows, columns }: FloatMatrix,
  block: number,
  visit: (from: number, to: number, at: number) => void,
): InParts<void> {
  let [at, values] = [0, 0];
  for (let row = 0; row < rows; row++)
    for (let from = row * columns; from < (row + 1) * columns; from += block) {
      const to = Math.min(from + block, (row + 1) * columns);
      visit(from, to, at++);
      values += to - from;
      if (values < PART_VALUES) continue;
      values = 0;
      yield undefined;
    }
}

function* rangesOf(matrix: FloatMatrix, block: number, low: number, high: number) {
  const count = matrix.rows * Math.ceil(matrix.columns / block);
  const [inverse, zero] = [new Float64Array(count), new Float64Array(count)];
  yield* eachBlock(matrix, block, (from, to, at) => {
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = from; i < to; i++) {
      min = Math.min(min, matrix.data[i]!);
      max = Math.max(max, matrix.data[i]!);
    }
    const steps = (high - low) / (max - min);
    inverse[at] = steps < 2 ** 126 ? 1 / Math.fround(1 / steps) : 1;
    zero[at] = low - min * inverse[at]!;
  });
  return { inverse, zero };
}

/** The zero points of the iteration with the least mean |error|. */
function* bestZero(
  search: Search,
  first: Float64Array,
  { p, beta, growth, iterations }: Settings,
): InParts<Float64Array> {
  let [best, zero, least, weight] = [first, first, Number.POSITIVE_INFINITY, beta];
  for (let i = 0; i < iterations; i++) {
    const { error, next } = yield* iterate(search, zero, p, weight);
    if (!(error < least)) break;
    [best, least] = [zero, error];
    zero = next;
    weight *= growth;
  }
  return best;
}

/** One step of the half-quadratic solver: the errors shrink as the norm says, and zero points follow what is left. */
function* iterate({ matrix, block, low, high, inverse }: Search, zero: Float64Array, p: number, beta: number) {
  const next = new Float64Array(zero.length);
  let error = 0;
  yield* eachBlock(matrix, block, (from, to, at) => {
    const [steps, middle] = [inverse[at]!, zero[at]!];
    let sum = 0;
    for (let i = from; i < to; i++) {
      const value = matrix.data[i]!;
      const q = Math.min(Math.max(roundHalfToEven(value * steps + middle), low), high);
      const difference = value - (q - middle) / steps;
      const size = Math.abs(difference);
      error += size;
      const kept = size === 0 ? 0 : Math.sign(difference) * Math.max(size - size ** (p - 1) / beta, 0);
      sum += q - (value - kept) * steps;
    }
    next[at] = sum / (to - from);
  });
  return { error, next };
}

function* stored(type: BlockScheme['type'], search: Search, zero: Float64Array): InParts<BlockWeights> {
  const { matrix, block, low, high, inverse } = search;
  const values = allocateValues(type, matrix.data.length);
  const scale = Float32Array.from(inverse, (steps) => 1 / steps);
  const zeroPoint = Int32Array.from(zero, (middle) => Math.min(Math.max(Math.round(middle), low), high));
  const offset = scale.map((step, i) => (zeroPoint[i]! - zero[i]!) * step);
  yield* eachBlock(matrix, block, (from, to, at) => {
    for (let i = from; i < to; i++)
      values[i] = Math.min(Math.max(roundHalfToEven(matrix.data[i]! * inverse[at]! + zero[at]!), low), high);
  });
  return { type, rows: matrix.rows, columns: matrix.columns, block, values, scale, zeroPoint, offset };
}
