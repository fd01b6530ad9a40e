// What advise says: plain values, which JSON can carry.
import type { Method } from '../../calibrate';
import type { Target } from '../targets';

/** How to quantize a model; keep: leave it as it is. */
export type AdvisedMode = 'static' | 'dynamic' | 'weight-only' | 'float16' | 'keep';

/** A quantized form of the model that was made and tried, and nothing more. */
export interface AdviceTrial {
  readonly mode: 'static' | 'dynamic' | 'weight-only';
  /** How ranges of activations were found, in static mode. */
  readonly method?: Method | undefined;
  /** Bytes of the float model over those of this one. */
  readonly sizeRatio: number;
  /** Weighted nodes on integer kernels in the target runtime, as predicted, and all of them. */
  readonly int8: number;
  readonly weighted: number;
  /** How many times as fast as float, on one thread; absent where it was not measured. */
  readonly speedRatio?: number | undefined;
  /** Microseconds of the best run, of this model and of the float one beside it. */
  readonly microseconds?: { readonly float: number; readonly quantized: number } | undefined;
  /** Signal to quantization noise of the worst output in dB; absent without samples. An Infinity is written as null. */
  readonly sqnr?: number | null | undefined;
  /** Share of the samples' output rows whose largest value stays at its place; absent without samples or such outputs. */
  readonly agreement?: number | undefined;
}

/** One observation that speaks for the advice, or against another. */
export interface Evidence {
  readonly about:
    | 'operators'
    | 'multiplications'
    | 'parameters'
    | 'embeddings'
    | 'activations'
    | 'batch'
    | 'size'
    | 'saturation'
    | 'state'
    | 'samples'
    | 'speed'
    | 'accuracy';
  readonly text: string;
  readonly value?: number | undefined;
}

export interface Advice {
  readonly target: Target;
  readonly mode: AdvisedMode;
  /** Why, in one sentence. */
  readonly reason: string;
  /** Of calibration, in static mode. */
  readonly method?: Method | undefined;
  readonly granularity?:
    | { readonly weights: 'channel' | 'block'; readonly activations: 'tensor' | 'row' | 'none' }
    | undefined;
  /** The command to run; absent where the model should be kept. */
  readonly command?: string | undefined;
  readonly trials: readonly AdviceTrial[];
  readonly evidence: readonly Evidence[];
  /** The same as text, a line each. */
  readonly lines: readonly string[];
}
