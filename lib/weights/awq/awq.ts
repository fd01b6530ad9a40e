// AWQ (J. Lin et al., "AWQ: activation-aware weight quantization", MLSys 2024): channels with large inputs are made larger in
// the weights, and smaller in the inputs, so that rounding errs less where it counts.
import { checkInteger, checkOptions, reject } from '../../validate';
import { bandsOf } from '../bands';
import type { FloatMatrix } from '../block_weights';
import type { GramMatrix } from '../gram';
import { quadraticFormInParts, quadraticSum } from '../output_error';
import { endsPart, type InParts, runParts, runTurns } from '../turns';
import {
  gramOf,
  isCodebookScheme,
  type MethodResult,
  nearestWeights,
  storedValues,
  type WeightMethod,
  type WeightProblem,
  type WeightScheme,
} from '../weight_method';
import { clippedWeights } from './clip';

export interface AwqOptions {
  /** Exponents that are tried: 0, 1/n, ... (n - 1)/n. Default: 20. */
  readonly exponents?: number | undefined;
  /** Searches smaller ranges for each block after that, down to half; not for codebooks. Default: true. */
  readonly clip?: boolean | undefined;
}

const SMALLEST_FACTOR = 1e-4;

/**
 * s[j] = (mean |x[j]|)^a, divided by the root of its largest and smallest, for the a whose rounding to the nearest errs least in
 * the outputs. The result has s as `inputScale`: divide the inputs by it, or fold that into what gives them.
 *
 * @throws ERR_DTYPE, ERR_RANGE for malformed options
 */
export function awq(options: AwqOptions = {}): WeightMethod {
  const { exponents = 20, clip = true } = checkOptions('options', options);
  checkInteger('exponents', exponents, 1, 1000);
  if (typeof clip !== 'boolean') reject('clip', 'true or false', clip, 'ERR_DTYPE');
  return {
    name: 'awq',
    needsGram: true,
    quantize: (problem) => runParts(scaledWeights(problem, exponents, clip)),
    quantizeAsync: (problem, watch) => runTurns(scaledWeights(problem, exponents, clip), watch),
  };
}

function* scaledWeights(problem: WeightProblem, exponents: number, clip: boolean): InParts<MethodResult> {
  const { matrix, scheme } = problem;
  const gram = gramOf(problem, 'awq');
  const plain: WeightScheme = isCodebookScheme(scheme) ? scheme : { ...scheme, clip: 'range' };
  const { inputScale } = yield* bestScaleInParts(matrix, plain, gram, exponents);
  const scaled = yield* scaleColumns(matrix, inputScale);
  if (clip && !isCodebookScheme(scheme))
    return { weights: yield* clippedWeights(scaled, scheme, gram, inputScale), inputScale };
  return { weights: nearestWeights(scaled, plain), inputScale };
}

export interface ScaleChoice {
  readonly exponent: number;
  readonly inputScale: Float32Array;
  /** The mean squared error of the outputs, summed over these; at exponent 0, and the best. */
  readonly plainError: number;
  readonly error: number;
}

/** The exponent with the least error; of equals the smallest. */
export function bestScale(matrix: FloatMatrix, scheme: WeightScheme, gram: GramMatrix, exponents: number): ScaleChoice {
  return runParts(bestScaleInParts(matrix, scheme, gram, exponents));
}

function* bestScaleInParts(
  matrix: FloatMatrix,
  scheme: WeightScheme,
  gram: GramMatrix,
  exponents: number,
): InParts<ScaleChoice> {
  const form = yield* quadraticFormInParts(gram);
  const magnitudes = gram.meanMagnitude;
  let best: ScaleChoice | undefined;
  let plainError = 0;
  for (let i = 0; i < exponents; i++) {
    const exponent = i / exponents;
    const inputScale = scaleFor(magnitudes, exponent);
    const error = yield* quadraticSum(yield* roundingErrors(matrix, inputScale, scheme), form);
    if (i === 0) plainError = error;
    if (best === undefined || error < best.error) best = { exponent, inputScale, plainError, error };
  }
  return best!;
}

/** Channels that never had an input count for nothing, and keep 1. */
function scaleFor(magnitudes: Float64Array, exponent: number): Float32Array {
  let [least, largest] = [Number.POSITIVE_INFINITY, 0];
  const factors = magnitudes.map((magnitude) =>
    magnitude === 0 ? 0 : Math.max(magnitude ** exponent, SMALLEST_FACTOR),
  );
  for (const factor of factors) {
    if (factor === 0) continue;
    least = Math.min(least, factor);
    largest = Math.max(largest, factor);
  }
  const middle = Math.sqrt(least * largest);
  return Float32Array.from(factors, (factor) => (factor === 0 ? 1 : factor / middle));
}

/** What rounding the scaled weights to the nearest does to the weights as they are. */
function* roundingErrors(matrix: FloatMatrix, inputScale: Float32Array, scheme: WeightScheme): InParts<Float32Array> {
  const scaled = yield* scaleColumns(matrix, inputScale);
  const { columns } = matrix;
  const errors = new Float32Array(matrix.data.length);
  // Codebooks' blocks, and the scales of their magnitudes, go from row to row: all at once.
  for (const [band, first] of isCodebookScheme(scheme) ? [[scaled, 0] as const] : bandsOf(scaled)) {
    const values = storedValues(nearestWeights(band, scheme));
    for (let i = 0; i < values.length; i++)
      errors[first + i] = values[i]! / inputScale[i % columns]! - matrix.data[first + i]!;
    yield undefined;
  }
  return errors;
}

function* scaleColumns({ data, rows, columns }: FloatMatrix, factors: Float32Array): InParts<FloatMatrix> {
  const scaled = new Float32Array(data.length);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) scaled[at] = data[at]! * factors[column]!;
    if (endsPart(row, columns)) yield undefined;
  }
  return { data: scaled, rows, columns };
}
