// The one door to the native addon: its whole surface as a type, and the object itself.
import { setImmediate } from 'node:timers';
import type { AttentionOperations, KvOperations } from './addon_types/attention';
import type { CudaDeviceHandle, CudaDevices, CudaMemoryHandle } from './addon_types/cuda';
import type { CudaLayerHandle, CudaLayers, CudaWeightsHandle } from './addon_types/cuda_layers';
import type { CudaMeasuring } from './addon_types/cuda_measure';
import type { CudaValues } from './addon_types/cuda_values';
import type { EncodeOperations } from './addon_types/encode';
import type { FloatWeightOperations } from './addon_types/float_weights';
import type {
  AsyncOf,
  PackedFormat,
  PackedHandle,
  Packing,
  QuantizedLinearDescription,
  QuantizedLinearHandle,
  QuantizedLinearSpec,
} from './addon_types/layers';
import type {
  RowTableDescription,
  RowTableHandle,
  RowTableOperations,
  RowTablePacking,
} from './addon_types/row_tables';
import type { IndexHandle, RotationHandle, VectorHandles, VectorOperations } from './addon_types/turboquant';
import type { WeightOperations } from './addon_types/weights';
import { type AnyOctavoError, type ErrorCode, makeError } from './errors';
import { loadBinary, packageRoot } from './loading';

export type { CudaDeviceHandle, CudaMemoryHandle } from './addon_types/cuda';
export type { CudaLayerHandle, CudaWeightsHandle } from './addon_types/cuda_layers';
export {
  ACTIVATION_KINDS,
  type ActivationSpec,
  OUTPUT_TYPES,
  type OutputType,
  type PackedFormat,
  type PackedHandle,
  type QuantizedLinearDescription,
  type QuantizedLinearHandle,
  type QuantizedLinearSpec,
} from './addon_types/layers';
export type { IndexHandle } from './addon_types/turboquant';

export type { RowTableHandle };

export type AnyHandle =
  | PackedHandle
  | QuantizedLinearHandle
  | RotationHandle
  | IndexHandle
  | RowTableHandle
  | CudaDeviceHandle
  | CudaMemoryHandle
  | CudaWeightsHandle
  | CudaLayerHandle;

type Int8Data = Int8Array | Uint8Array;
type SignedParams = [scale: Float32Array, zeroPoint: Int32Array, inner: number, signed: boolean];

/** Synchronous operations. Sizes are re-checked in native code; inner is the length of one channel's contiguous run. */
export interface Operations<Result>
  extends RowTableOperations<Result>,
    EncodeOperations<Result>,
    VectorOperations<Result>,
    FloatWeightOperations<Result>,
    AttentionOperations<Result>,
    WeightOperations<Result> {
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
export interface Addon
  extends RowTablePacking,
    AsyncOf<RowTablePacking>,
    Operations<void>,
    AsyncOperations,
    Packing,
    AsyncOf<Packing>,
    VectorHandles,
    KvOperations,
    CudaDevices,
    CudaLayers,
    CudaValues,
    CudaMeasuring {
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
  packedShape(handle: PackedHandle): {
    type: PackedFormat | 'float32' | 'lut4' | 'float16' | 'bfloat16';
    k: number;
    n: number;
  };
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
  loadTable(path: string, map: boolean): RowTableHandle;
  loadTableAsync(path: string, map: boolean): Promise<RowTableHandle>;
  describeTable(table: RowTableHandle): RowTableDescription;
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
