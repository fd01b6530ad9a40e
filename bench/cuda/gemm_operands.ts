// Matrices of int8 on the GPU for products, and what they should give.
import { addon, type CudaMemoryHandle } from '../../lib/addon';
import type { DeviceTensor } from '../../lib/cuda';
import { memoryOf } from '../../lib/cuda/device_tensor';
import { Tensor } from '../../lib/tensor';
import { FLOAT16_ROUNDING, fromFloat16 } from '../float16';
import { randomInt8 } from '../inputs';
import { atSpots, countWrong, productSpots, type Spots } from '../verify';
import { Disposables } from './contestant';
import type { Gpu } from './gpu';

export interface Shape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

export type ContestOutput = 'int32' | 'float32' | 'float16' | 'int8';

/** Weights take turns so that none is in the cache when its turn comes: together so many times its size, in so many copies. */
const COLD_CACHES = 4;
const COPIES = { least: 4, most: 16 };

/** How many copies of weights it takes so that none is in the cache when its turn comes. */
export function copiesBeyondCache(gpu: Gpu, weightBytes: number): number {
  const copies = Math.ceil((COLD_CACHES * gpu.l2Bytes) / weightBytes);
  return Math.min(COPIES.most, Math.max(COPIES.least, copies));
}

/** One step of the int8 output, in real values, for operands of `k` random bytes: sums saturate now and then. */
const stepOf = (k: number): number => Math.fround(Math.sqrt(k) / 8);

let bytes: Int8Array = new Int8Array(0);

/** The first `count` of one sequence of random bytes. */
function randomBytes(count: number): Int8Array {
  if (bytes.length < count) bytes = randomInt8(count, 7);
  return bytes.subarray(0, count);
}

/** A [m, k], copies of W [n, k], and scales of rows and columns. */
export class GemmOperands {
  private readonly owned = new Disposables();
  private readonly a: DeviceTensor;
  private readonly weights: readonly DeviceTensor[];
  private readonly outputs = new Map<ContestOutput, DeviceTensor>();
  private readonly spots: Spots;
  private readonly scaleValues: Float32Array;
  readonly scales: CudaMemoryHandle;

  constructor(
    readonly gpu: Gpu,
    readonly shape: Shape,
  ) {
    const { m, n, k } = shape;
    const [a, w] = [randomBytes(m * k), randomBytes(n * k + 64).subarray(64)];
    this.spots = productSpots(a, w, shape, 'transposed');
    const onDevice = (data: Int8Array, rows: number) =>
      this.owned.add(gpu.device.tensor(new Tensor('int8', data, [rows, k])));
    this.a = onDevice(a, m);
    this.weights = Array.from({ length: copiesBeyondCache(gpu, n * k) }, () => onDevice(w, n));
    // Powers of two: what the scales do to a sum is exact.
    this.scaleValues = Float32Array.from({ length: m + n }, (_, i) => 2 ** -(5 + (i % 3)));
    const scales = gpu.device.tensor(new Tensor('float32', this.scaleValues, [m + n]));
    this.scales = memoryOf(this.owned.add(scales));
  }

  private output(type: ContestOutput): DeviceTensor {
    const known = this.outputs.get(type);
    if (known !== undefined) return known;
    const { m, n } = this.shape;
    const made = this.owned.add(this.gpu.device.empty(type, [m, n]));
    this.outputs.set(type, made);
    return made;
  }

  memory(type: ContestOutput): CudaMemoryHandle {
    return memoryOf(this.output(type));
  }

  private spec(path: string, output: ContestOutput, algorithm: number) {
    return { ...this.shape, path, output, algorithm, inverseScale: Math.fround(1 / stepOf(this.shape.k)) };
  }

  /** A launch of one kernel: 'best', 'few', 'small', 'large', 'wgmma' or 'cublasLt'. */
  launch(path: string, output: ContestOutput, algorithm = 0): (turn: number) => void {
    const { handle } = this.gpu;
    const spec = this.spec(path, output, algorithm);
    const [a, c] = [memoryOf(this.a), this.memory(output)];
    const weights = this.weights.map(memoryOf);
    const scales = output === 'int32' ? null : this.scales;
    return (turn) => {
      const w = weights[turn % weights.length] as CudaMemoryHandle;
      addon.cudaContestGemm(handle, spec, a, w, c, scales);
    };
  }

  countAlgorithms(): number {
    const [w] = this.weights as [DeviceTensor];
    const spec = this.spec('cublasLt', 'int32', 0);
    return addon.cudaCountAlgorithms(this.gpu.handle, spec, memoryOf(this.a), memoryOf(w), this.memory('int32'), null);
  }

  /** Looks at the output of the last launch. */
  async verify(type: ContestOutput): Promise<string | undefined> {
    const { data } = await this.output(type).toHost();
    const { n, k, m } = this.shape;
    const { places, values } = this.spots;
    return countWrong(atSpots(data as ArrayLike<number>, this.spots), (value, i) => {
      const [place, sum] = [places[i] as number, values[i] as number];
      if (type === 'int32') return value === sum;
      const scale = (this.scaleValues[Math.floor(place / n)] ?? 0) * (this.scaleValues[m + (place % n)] ?? 0);
      return isRight(type, value, Math.fround(sum) * scale, Math.fround(1 / stepOf(k)));
    });
  }

  readonly dispose = (): void => this.owned.dispose();
}

function isRight(type: ContestOutput, value: number, exact: number, inverseStep: number): boolean {
  if (type === 'float32') return value === exact;
  if (type === 'float16') {
    const tolerance = Math.max(FLOAT16_ROUNDING * Math.abs(exact), 2 ** -25);
    return Math.abs(fromFloat16(value) - exact) <= tolerance;
  }
  const units = Math.max(-128, Math.min(127, Math.fround(exact * inverseStep)));
  return Math.abs(value - units) <= 0.5;
}
