// Quantization and statistics of values on a GPU, as the addon takes and gives them.
import type { CudaDeviceHandle, CudaMemoryHandle } from './cuda';

type Params = [scale: Float32Array, zeroPoint: Int32Array, inner: number];

/** `count` values of x and q; inner is the length of one channel's contiguous run. */
export interface CudaValues {
  /** Returns when the work is on the device's stream, as does cudaDequantize. */
  cudaQuantize(
    device: CudaDeviceHandle,
    x: CudaMemoryHandle,
    ...rest: [...Params, q: CudaMemoryHandle, count: number, isSigned: boolean]
  ): void;
  cudaDequantize(
    device: CudaDeviceHandle,
    x: CudaMemoryHandle,
    ...rest: [...Params, q: CudaMemoryHandle, count: number, isSigned: boolean]
  ): void;
  /** As minMax. What is read is x as it is when it is called, as for those that follow. */
  cudaMinMax(
    device: CudaDeviceHandle,
    x: CudaMemoryHandle,
    ...rest: [count: number, range: Float32Array, counts: Float64Array, inner: number]
  ): Promise<void>;
  /** As histogram. */
  cudaHistogram(
    device: CudaDeviceHandle,
    x: CudaMemoryHandle,
    ...rest: [count: number, counts: BigUint64Array, outside: BigUint64Array, limit: number]
  ): Promise<void>;
  /** The words of a sketch with one channel that has seen x alone. */
  cudaSketch(
    device: CudaDeviceHandle,
    x: CudaMemoryHandle,
    ...rest: [count: number, words: BigUint64Array, bins: number]
  ): Promise<void>;
}
