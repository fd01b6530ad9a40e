// What `octavo bench --device cuda` measures a GPU with, as the addon takes and gives it.
import type { CudaDeviceHandle, CudaMemoryHandle } from './cuda';

/** A product of int8 by one kernel. n and k are multiples of 16. */
export interface CudaProduct {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** 'best', 'own', 'few', 'small', 'large', 'wgmma' or 'cublasLt'. */
  readonly path: string;
  readonly output: 'int32' | 'float32' | 'float16' | 'int8';
  /** Which of cuBLASLt's. */
  readonly algorithm: number;
  /** Of the int8 output. */
  readonly inverseScale: number;
}

/** a [m, k], w [n, k], c [m, n]; scales: null for int32, else those of m rows and then those of n columns. */
type ProductOperands = [
  device: CudaDeviceHandle,
  product: CudaProduct,
  a: CudaMemoryHandle,
  w: CudaMemoryHandle,
  c: CudaMemoryHandle,
  scales: CudaMemoryHandle | null,
];

export interface CudaMeasuring {
  /** driver: the CUDA version that it is for, '13.0'. */
  cudaProperties(device: CudaDeviceHandle): { driver: string; l2Bytes: number };
  /** The GPU's time for what launch(0) .. launch(count - 1) put on its stream, after it has waited for holdNanoseconds. */
  cudaTime(
    device: CudaDeviceHandle,
    holdNanoseconds: number,
    count: number,
    launch: (index: number) => void,
  ): Promise<{ seconds: number; queuedSeconds: number }>;
  /** Seconds of one copy from or to pinned memory, of `count` in a row. */
  cudaTimeTransfers(device: CudaDeviceHandle, toHost: boolean, bytes: number, count: number): Promise<number>;
  /** Copies or reads `amount` bytes, or runs `amount` repetitions of a loop of products. Returns bytes moved, or operations. */
  cudaPeak(
    device: CudaDeviceHandle,
    kind: 'copy' | 'read' | 'mma' | 'wgmma',
    to: CudaMemoryHandle,
    amount: number,
    from?: CudaMemoryHandle,
  ): number;
  /** Throws ERR_UNSUPPORTED for a kernel that is not for this product or GPU. */
  cudaContestGemm(...operands: ProductOperands): void;
  /** Of how many algorithms cuBLASLt has its choice; 0 where it is not used, or has none. */
  cudaCountAlgorithms(...operands: ProductOperands): number;
  /** int32 sums [m, n] to float16 y. */
  cudaScaleSums(
    device: CudaDeviceHandle,
    m: number,
    n: number,
    sums: CudaMemoryHandle,
    scales: CudaMemoryHandle,
    y: CudaMemoryHandle,
  ): void;
  /** x [rows, count] to int8 q and scales [rows]; 16 divides count. */
  cudaQuantizeRows(
    device: CudaDeviceHandle,
    rows: number,
    count: number,
    x: CudaMemoryHandle,
    q: CudaMemoryHandle,
    scales: CudaMemoryHandle,
  ): void;
}
