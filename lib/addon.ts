// The one door to the native addon: its whole surface as a type, and the object itself.
import { setImmediate } from 'node:timers';
import { type AnyOctavoError, type ErrorCode, makeError } from './errors';
import { loadBinary, packageRoot } from './loading';

declare const handle: unique symbol;
/** Weights packed for the kernels, owned by native memory. `k` rows by `n` columns. */
export interface PackedHandle {
  readonly [handle]: 'packed';
}
/** A quantized linear layer: packed weights, scales, bias and the epilogue's settings. */
export interface QuantizedLinearHandle {
  readonly [handle]: 'quantizedLinear';
}

/** Output types of the quantized linear layer, by the number that crosses the boundary. */
export const OUTPUT_TYPES = ['int32', 'float32', 'float16', 'int8', 'uint8'] as const;
export type OutputType = (typeof OUTPUT_TYPES)[number];

/** Activations, by the number that crosses the boundary with each call. */
export const ACTIVATION_KINDS = ['none', 'clip', 'gelu', 'geluTanh', 'silu'] as const;

/** What follows a layer's sums and bias. Bounds are those of a clip: [0, Infinity] for ReLU. null stands for none. */
export interface ActivationSpec {
  kind: Exclude<(typeof ACTIVATION_KINDS)[number], 'none'>;
  low: number;
  high: number;
}

/** Everything a quantized linear layer is made of. Zero points are null where they are 0. */
export interface QuantizedLinearSpec {
  /** Any packed weights but float32 ones. */
  weights: PackedHandle;
  /** Scale of each output feature's weights, length 1 or n; null where the packed weights have scales of their own. */
  weightScale: Float32Array | null;
  weightZeroPoint: Int32Array | null;
  /** [k]: what x is divided by first; null for 1. */
  inputScale: Float32Array | null;
  bias: Float32Array | null;
  /** null: each row of a float32 input gets its own scale (absmax / 127). */
  input: { type: 'int8' | 'uint8'; scale: number; zeroPoint: number } | null;
  output: { type: OutputType; scale: number; zeroPoint: number };
  activation: ActivationSpec | null;
}

/** Forms of packed weights that layers can have. */
export type PackedFormat = 'int8' | 'int4';

/** What a quantized linear layer was made from, with the form and the sizes of its weights in place of the weights. */
export interface QuantizedLinearDescription extends Omit<QuantizedLinearSpec, 'weights' | 'activation'> {
  k: number;
  n: number;
  weightFormat: PackedFormat;
  /** Values of k that share a scale. */
  weightGroup: number;
}

export type AnyHandle = PackedHandle | QuantizedLinearHandle;

type Int8Data = Int8Array | Uint8Array;
type SignedParams = [scale: Float32Array, zeroPoint: Int32Array, inner: number, signed: boolean];

/**
 * Weights [n, k] of 4 bits, two values a byte, the first in the low half; signed ones are -8 .. 7, else 0 .. 15. Scales, and zero
 * points in the values' range (null: 0, or 8 where unsigned), are [n, groups], for groups of `group` values of a row, the last
 * one shorter; a group is a multiple of 8 or at least k.
 */
type Int4Source = [
  nibbles: Uint8Array,
  scales: Float32Array,
  zeroPoints: Int8Array | null,
  k: number,
  n: number,
  group: number,
  signed: boolean,
];

/** Weights [n, k] of 8 bits in groups, as Int4Source with a value to each byte. */
type Int8GroupsSource = [
  values: Int8Array,
  scales: Float32Array,
  zeroPoints: Int8Array | null,
  k: number,
  n: number,
  group: number,
];

/** Synchronous operations. Sizes are re-checked in native code; inner is the length of one channel's contiguous run. */
export interface Operations<Result> {
  /** x is [outer, channels, inner] with channels = scale.length. */
  quantize(x: Float32Array, out: Int8Data, scale: Float32Array, zeroPoint: Int32Array, inner: number): Result;
  dequantize(q: Int8Data, out: Float32Array, scale: Float32Array, zeroPoint: Int32Array, inner: number): Result;
  /** As quantize and dequantize, 4-bit values two a byte. */
  quantizeNibbles(x: Float32Array, out: Uint8Array, ...params: SignedParams): Result;
  dequantizeNibbles(q: Uint8Array, out: Float32Array, ...params: SignedParams): Result;
  /** As quantize and dequantize, int16 values as the words that they are modulo 2^16. */
  quantizeWords(x: Float32Array, out: Uint16Array, ...params: SignedParams): Result;
  dequantizeWords(q: Uint16Array, out: Float32Array, ...params: SignedParams): Result;
  /**
   * out: for each channel the sums of (x - y)^2, x^2, y^2 and x y, the largest |x - y|, how many x are clipped by quantized
   * values from low to high, the smallest and the largest x, and how many pairs were left out as not finite. Parameters of
   * all channels, or of each.
   */
  measureDeviations(
    x: Float32Array,
    y: Float32Array,
    scale: Float32Array,
    zeroPoint: Int32Array,
    inner: number,
    low: number,
    high: number,
    out: Float64Array,
  ): Result;
  /** range: [min, max] of each channel's finite values (+Infinity, -Infinity if none); counts: [NaN, Inf]. */
  minMax(x: Float32Array, range: Float32Array, counts: Float64Array, inner: number): Result;
  /** Adds x to counts of bins by magnitude on [-limit, limit]; limit is a power of two. outside: [beyond limit, NaN]. */
  histogram(x: Float32Array, counts: BigUint64Array, outside: BigUint64Array, limit: number): Result;
  /**
   * Adds x, seen as [outer, channels, inner], to sketches: for each channel a head of 21 words and its bins' counts. With a
   * block x is [outer, axis, inner], and there is a channel for each block along the axis and each index of the others.
   */
  observeSketch(
    x: Float32Array,
    words: BigUint64Array,
    bins: number,
    inner: number,
    axis: number,
    block: number,
  ): Result;
  /** out[i]: the divergence of clip levels + i, in bins, of a histogram of magnitudes; counts.length - levels + 1 of them. */
  entropyDivergences(counts: BigUint64Array, out: Float64Array, levels: number): Result;
  /**
   * out[i]: the sum of squared errors with levels at steps[i] * j, j = -below .. above, in widths of a bin. centres: values
   * lie at the centre of their bin instead of evenly spread.
   */
  expectedErrors(
    counts: BigUint64Array,
    steps: Float64Array,
    out: Float64Array,
    below: number,
    above: number,
    centres: boolean,
  ): Result;
  /** found: the best index into steps, how many of `levels` steps lie below 0, and the sum of squared errors. */
  searchAffine(counts: BigUint64Array, steps: Float64Array, found: Float64Array, levels: number): Result;
  /** out[m,n] = (a - aZeroPoint) · (b - bZeroPoint); zero points null, length 1, or m / n. */
  matmulInt8(
    a: Int8Data,
    b: PackedHandle,
    out: Int32Array,
    m: number,
    aRowStride: number,
    aZeroPoint?: Int32Array | null,
    bZeroPoint?: Int32Array | null,
  ): Result;
  /** out[m,n] = activation(x · b + bias), the activation as its number and bounds, which only a clip's matter. */
  matmulFloat32(
    x: Float32Array,
    b: PackedHandle,
    out: Float32Array,
    m: number,
    xRowStride: number,
    bias?: Float32Array | null,
    activation?: number,
    low?: number,
    high?: number,
  ): Result;
  /** out[m,n] = a · b with b [k, n] as it lies. */
  multiplyFloat32(
    a: Float32Array,
    b: Float32Array,
    out: Float32Array,
    m: number,
    aRowStride: number,
    k: number,
    n: number,
  ): Result;
  /** residual, if there is one, is added to the outputs before the activation; a float16 out is a Uint16Array. */
  quantizedLinear(
    x: Float32Array | Int8Data,
    layer: QuantizedLinearHandle,
    out: Float32Array | Uint16Array | Int32Array | Int8Data,
    m: number,
    xRowStride: number,
    residual?: Float32Array | null,
    residualRowStride?: number,
  ): Result;
}

type AsyncOperations = { [K in keyof Operations<void> as `${K}Async`]: Operations<Promise<void>>[K] };

/** The addon's whole surface. */
export interface Addon extends Operations<void>, AsyncOperations {
  /** Of the package that it was compiled from. What loads it has checked that it is this one's. */
  readonly version: string;
  /** Hands native code the factory of the errors it throws, and what calls a function in the next turn of the event loop. */
  initialize(
    factory: (code: ErrorCode, message: string) => AnyOctavoError,
    nextTurn: (callback: () => void) => unknown,
  ): void;
  isa(): string;
  availableIsas(): string[];
  getThreads(): number;
  setThreads(threads: number): void;
  /** b is [k, n], or [n, k] when transposed. */
  packInt8(b: Int8Array, k: number, n: number, transposed: boolean): PackedHandle;
  packInt8Async(b: Int8Array, k: number, n: number, transposed: boolean): Promise<PackedHandle>;
  packFloat32(b: Float32Array, k: number, n: number, transposed: boolean): PackedHandle;
  packFloat32Async(b: Float32Array, k: number, n: number, transposed: boolean): Promise<PackedHandle>;
  packInt4(...source: Int4Source): PackedHandle;
  packInt4Async(...source: Int4Source): Promise<PackedHandle>;
  packInt8Groups(...source: Int8GroupsSource): PackedHandle;
  packInt8GroupsAsync(...source: Int8GroupsSource): Promise<PackedHandle>;
  createQuantizedLinear(spec: QuantizedLinearSpec): QuantizedLinearHandle;
  /** The job that the last …Async call of this thread queued. */
  latestJob(): number;
  /**
   * Rejects a job's promise with `reason` at once. A job that waits for a thread never runs; one that runs goes on to its
   * end. False if it is over, or was cancelled before.
   */
  cancelJob(job: number, reason: unknown): boolean;
  /** Bytes of native memory that a handle keeps. */
  handleBytes(handle: AnyHandle): number;
  /** Frees a handle's memory as soon as no job uses it; later calls with it throw ERR_DISPOSED. */
  dispose(handle: AnyHandle): void;
  packedShape(handle: PackedHandle): { type: PackedFormat | 'float32'; k: number; n: number };
  describeLayer(layer: QuantizedLinearHandle): QuantizedLinearDescription;
  /** out[n,k] = the weights that packFloat32 packed. */
  unpackFloat32(handle: PackedHandle, out: Float32Array): void;
  /** Adds what another sketch of the same form has seen. Throws ERR_RANGE beyond 2^64 - 1 values in a channel. */
  mergeSketch(words: BigUint64Array, other: BigUint64Array, bins: number): void;
  /** XXH64 with seed 0. */
  checksum(bytes: Uint8Array): bigint;
  /** An id by which every thread of this process can open the handle's object while any handle or job holds it. */
  share(handle: AnyHandle): string;
  /** Another handle of the object that was shared under this id; throws ERR_DISPOSED if there is none. */
  openShared(id: string): AnyHandle;
  /** Writes packed int8 weights or a layer to a file, which is replaced as a whole. */
  save(handle: AnyHandle, path: string): void;
  saveAsync(handle: AnyHandle, path: string): Promise<void>;
  /** map: the file stays mapped instead of being read, where the system can. Errors do not name the file. */
  loadWeights(path: string, map: boolean): PackedHandle;
  loadWeightsAsync(path: string, map: boolean): Promise<PackedHandle>;
  loadLayer(path: string, map: boolean): QuantizedLinearHandle;
  loadLayerAsync(path: string, map: boolean): Promise<QuantizedLinearHandle>;
  /** Bytes of native memory that the weights and layers of this process occupy, however many handles share them. */
  weightBytes(): number;

  /** Operations per second of the kernel set's register-only loop, run for about `milliseconds`. */
  measurePeak(kind: 'int8' | 'float32', milliseconds: number): number;
  /** Memory as packed weights have it: aligned to cache lines, in huge pages when large, all touched. At most 2^32. */
  allocateBytes(bytes: number): Uint8Array;
  /** Reads the whole buffer `repeats` times with vector loads. */
  readBytes(buffer: Uint8Array, repeats: number): void;
  /** Copies source to target `repeats` times with vector loads and stores. */
  copyBytes(source: Uint8Array, target: Uint8Array, repeats: number): void;
}

export const addon: Addon = loadBinary<Addon>(packageRoot);
// Node's own setImmediate: a global one may be a test's, whose turns come when the test says so.
addon.initialize((code, message) => makeError(code, message), setImmediate);
