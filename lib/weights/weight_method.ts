// What the methods that choose quantized weights have in common.
import { makeError } from '../errors';
import { bandsOfBlocks } from './bands';
import type { BlockScheme, BlockWeights, FloatMatrix } from './block_weights';
import { CODEBOOK_TYPES, type CodebookScheme, type CodebookWeights, decodeCodebook, encodeCodebook } from './codebook';
import type { GramMatrix } from './gram';
import type { Watch } from './native_calls';
import { roundToNearest } from './round_to_nearest';
import type { InParts } from './turns';
import { dequantizeBlocks } from './weight_error';

/** A scheme of either kind of weights; its type says which. */
export type WeightScheme = BlockScheme | CodebookScheme;
export type StoredWeights = BlockWeights | CodebookWeights;

/** What a method has to work with. */
export interface WeightProblem {
  /** [outputs, channels]. */
  readonly matrix: FloatMatrix;
  readonly scheme: WeightScheme;
  /** Of the layer's inputs; there where the method needs it. */
  readonly gram: GramMatrix | undefined;
}

export interface MethodResult {
  readonly weights: StoredWeights;
  /** The layer's inputs are to be divided by it, channel by channel: the weights are those of such inputs. */
  readonly inputScale?: Float32Array | undefined;
}

/** A way to choose quantized weights: roundNearest(), hqq(), gptq(), awq(), or one of your own. */
export interface WeightMethod {
  readonly name: string;
  readonly needsGram: boolean;
  quantize(problem: WeightProblem): MethodResult;
  /** The same off the event loop; without it quantizeWeightAsync calls quantize. Nobody changes the problem's arrays meanwhile. */
  quantizeAsync?(problem: WeightProblem, watch: Watch): Promise<MethodResult>;
}

export function isCodebookScheme(scheme: WeightScheme): scheme is CodebookScheme {
  return (CODEBOOK_TYPES as readonly string[]).includes(scheme.type);
}

/** Each weight to its nearest level. */
export function nearestWeights(matrix: FloatMatrix, scheme: WeightScheme): StoredWeights {
  return isCodebookScheme(scheme) ? encodeCodebook(matrix, scheme) : roundToNearest(matrix, scheme);
}

/** The float32 weights [rows, columns] that stored ones stand for. */
export function storedValues(weights: StoredWeights): Float32Array {
  return 'codes' in weights ? decodeCodebook(weights) : dequantizeBlocks(weights);
}

/** The weights of a result for inputs as they are: with the inputs' scale divided out. */
export function dequantizeWeight({ weights, inputScale }: MethodResult): Float32Array {
  const values = storedValues(weights);
  if (inputScale === undefined) return values;
  return values.map((value, i) => value / inputScale[i % weights.columns]!);
}

/** dequantizeWeight. */
export function* dequantizeInParts({ weights, inputScale }: MethodResult): InParts<Float32Array> {
  if ('codes' in weights) return dequantizeWeight({ weights, inputScale });
  const values = new Float32Array(weights.rows * weights.columns);
  for (const [band, first] of bandsOfBlocks(weights)) {
    values.set(dequantizeWeight({ weights: band, inputScale }), first);
    yield undefined;
  }
  return values;
}

/** The problem's Gram matrix. Throws ERR_RANGE without one. */
export function gramOf({ gram }: WeightProblem, method: string): GramMatrix {
  if (gram === undefined) throw makeError('ERR_RANGE', `the method ${method} needs a GramMatrix of the layer's inputs`);
  return gram;
}
