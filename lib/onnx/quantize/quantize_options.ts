// What can be asked of quantize().
import type { BadDataPolicy, Method, Sketch } from '../../calibrate';
import type { BlockType, CodebookType, WeightMethodName } from '../../weights';
import type { Preprocessing, PreprocessingName } from '../data';
import type { Feeds } from '../model';
import type { InputNormalization } from '../prepare';
import type { QuantizeMode } from '../report';
import type { NodePattern, Override } from '../selection';
import type { Target } from '../targets';
import type { Evaluate } from './evaluation';
import type { ProgressEvent } from './progress_event';

/**
 * Samples to calibrate on, each one set of feeds: a path (a folder of <input>.npy, .npz, images, .jsonl, an ES module),
 * 'random:N', or a function that yields them anew each time it is called.
 */
export type CalibrationData = string | (() => Iterable<Feeds> | AsyncIterable<Feeds>);

export interface QuantizeOptions {
  /** Default: static with calibration data or `dataFree`, else dynamic if every layer with weights is a MatMul or Gemm. */
  readonly mode?: QuantizeMode | undefined;
  /** Default: the runtime that is installed here. */
  readonly target?: Target | undefined;

  readonly calibration?: CalibrationData | undefined;
  /**
   * Sketches of a QuantizeResult, or several merged: statistics of samples that this or other machines saw, of the same model
   * quantized with the same options. They count beside the samples of `calibration`, or in their place.
   */
  readonly sketches?: ReadonlyMap<string, Sketch> | undefined;
  /** How ranges of activations are found; default 'auto', the least expected squared error. */
  readonly method?: Method | undefined;
  /** NaN and infinities in activations: an error (default), or counted and left out. */
  readonly policy?: BadDataPolicy | undefined;
  /** Static ranges without samples, from what BatchNormalization knows. */
  readonly dataFree?: boolean | undefined;
  /** What the floating-point inputs hold, for `dataFree`: such as 0 to 255. */
  readonly inputRange?: { readonly min: number; readonly max: number } | undefined;
  /** How images become tensors, such as 'imagenet'. */
  readonly preprocess?: PreprocessingName | Preprocessing | undefined;
  /** At most so many samples; default all. */
  readonly samples?: number | undefined;

  /** Layers that stay in float. */
  readonly exclude?: Iterable<NodePattern> | undefined;
  readonly overrides?: Iterable<Override> | undefined;

  /** One scale for each output channel of weights; default as the target likes it. */
  readonly perChannel?: boolean | undefined;
  /** Activations with zero point 0; default as the target likes it. */
  readonly symmetric?: boolean | undefined;
  /** Type of weights in weight-only mode; default int8. nf4 and fp4 are for onnxruntime, as its MatMulBnb4. */
  readonly weightFormat?: BlockType | CodebookType | undefined;
  /**
   * How the weights of MatMul and Gemm are chosen in weight-only mode: 'gptq' and 'awq' from samples, of which they keep
   * 4 k (k + 1) bytes for each tensor of k channels that layers read; 'hqq', for uint4 and uint8 in MatMulNBits, without any;
   * default 'nearest'.
   */
  readonly weightMethod?: WeightMethodName | undefined;
  /** Consecutive weights that share a scale, a power of two from 16 to 256; default 32 in 4 bits, 64 in nf4 and fp4, one for each output in 8. */
  readonly block?: number | undefined;
  /**
   * Weight-only mode: DequantizeLinear of the standard (default), onnxruntime's own MatMulNBits, MatMulBnb4 for nf4 and fp4, or
   * for int8 what onnxruntime folds to floats when it loads the model.
   */
  readonly weightOperators?: 'qdq' | 'matmulnbits' | 'matmulbnb4' | 'folded' | undefined;
  /** Weight-only mode: what is not quantized becomes float16, inputs and outputs apart. Default: false. */
  readonly float16Rest?: boolean | undefined;
  /** Type of the graph's own inputs and outputs; default float. */
  readonly io?: 'float' | 'int8' | 'uint8' | undefined;
  /** Default qdq: QuantizeLinear and DequantizeLinear around float operators, which runtimes fuse. */
  readonly format?: 'qdq' | 'qoperator' | undefined;
  /** Type of activations; default as the target likes it. `overrides` sets 16 bits for some layers. */
  readonly activations?: 'int8' | 'uint8' | 'int16' | 'uint16' | undefined;
  /** Weights from -64 to 64, for x64 CPUs without VNNI, whose 8-bit products saturate. */
  readonly reduceRange?: boolean | undefined;
  /** MatMuls of two activations, as in attention, in integers too; default: in static mode. */
  readonly attention?: boolean | undefined;

  /** Even out the ranges of channels across layers before quantizing. */
  readonly equalize?: boolean | undefined;
  /** Take back the mean error of each layer through its bias. */
  readonly biasCorrection?: boolean | undefined;
  /** Move the range of activations into weights before MatMuls; true is 0.5. Default: in dynamic mode with samples. */
  readonly smoothQuant?: boolean | number | undefined;
  /** Choose for each weight whether it is rounded up or down (AdaRound). */
  readonly learnedRounding?: boolean | undefined;
  /** Fold (x * scale - mean) / std of the input into the first layer, so that raw pixels go in. */
  readonly normalize?: InputNormalization | undefined;

  readonly evaluate?: Evaluate | undefined;
  /** Most that may be lost: percentage points of an accuracy, percent of a score or loss. Needs `evaluate`. */
  readonly maxDrop?: number | undefined;
  /** Least signal to noise ratio of the outputs, in dB. */
  readonly minSqnr?: number | undefined;
  /** Rank layers by what they cost, even where the budget holds; default false. */
  readonly sensitivity?: boolean | undefined;
  /** Time both models where onnxruntime-node is installed; default true. */
  readonly measure?: boolean | undefined;
  /** Threads of calibration and evaluation; speed is measured on one. */
  readonly threads?: number | undefined;

  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
}
