// int8 products: octavo's kernels with each output, beside cuBLASLt and cuBLASLt followed by a kernel that scales.
import { addon } from '../../lib/addon';
import type { GpuCase, GpuContestant, GpuWork, PreparedCase } from './contestant';
import { type ContestOutput, GemmOperands, type Shape } from './gemm_operands';
import { type Gpu, shrunk } from './gpu';
import { LaunchClock } from './launches';

const OUTPUT_BYTES: Readonly<Record<ContestOutput, number>> = { int32: 4, float32: 4, float16: 2, int8: 1 };
/** Launches by which cuBLASLt's algorithms are told apart. */
const TRIALS = 10;

export const CUBLASLT = 'cuBLASLt int32';
export const SEPARATE = 'cuBLASLt, then to float16';
export const ownName = (output: ContestOutput): string => `octavo ${output}`;

export const shapeName = ({ m, n, k }: Shape): string => `${m}x${n}x${k}`;

export function gemmWork({ m, n, k }: Shape, output: ContestOutput, weightBytes = 1): GpuWork {
  return {
    operations: 2 * m * n * k,
    bytes: m * k + n * k * weightBytes + m * n * OUTPUT_BYTES[output],
    traffic: 'read',
  };
}

/** Seconds of a product by one of cuBLASLt's algorithms; Infinity if it fails. */
async function trial(operands: GemmOperands, algorithm: number): Promise<number> {
  const clock = new LaunchClock(operands.gpu, operands.launch('cublasLt', 'int32', algorithm));
  try {
    await clock.time(1);
    return await clock.time(TRIALS);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** The number of cuBLASLt's quickest algorithm for a shape; undefined where it has none. */
export async function quickestAlgorithm(operands: GemmOperands): Promise<number | undefined> {
  let quickest: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let algorithm = 0; algorithm < operands.countAlgorithms(); algorithm++) {
    const seconds = await trial(operands, algorithm);
    if (seconds >= least) continue;
    least = seconds;
    quickest = algorithm;
  }
  return quickest;
}

/** octavo's kernel of one path. */
export function ownContestant(operands: GemmOperands, output: ContestOutput, path = 'own'): GpuContestant {
  return {
    name: path === 'own' ? ownName(output) : `octavo ${path}`,
    work: gemmWork(operands.shape, output),
    launch: operands.launch(path, output),
    verify: () => operands.verify(output),
  };
}

/** cuBLASLt by its quickest algorithm; a contestant that says that it is absent where there is none. */
export async function cublasLtContestant(operands: GemmOperands): Promise<GpuContestant> {
  const algorithm = await quickestAlgorithm(operands);
  return {
    name: CUBLASLT,
    work: gemmWork(operands.shape, 'int32'),
    launch: operands.launch('cublasLt', 'int32', algorithm ?? 0),
    verify: () => operands.verify('int32'),
  };
}

/** cuBLASLt and a second kernel, as they follow each other where no epilogue is fused. */
function separateContestant(operands: GemmOperands, product: GpuContestant): GpuContestant {
  const { shape, gpu } = operands;
  const [sums, halves] = [operands.memory('int32'), operands.memory('float16')];
  return {
    name: SEPARATE,
    baseline: ownName('float16'),
    work: gemmWork(shape, 'float16'),
    launch: (turn) => {
      product.launch(turn);
      addon.cudaScaleSums(gpu.handle, shape.m, shape.n, sums, operands.scales, halves);
    },
    verify: () => operands.verify('float16'),
  };
}

async function prepareGemm(gpu: Gpu, shape: Shape): Promise<PreparedCase> {
  const operands = new GemmOperands(gpu, shape);
  const outputs: ContestOutput[] = ['int32', 'float32', 'float16', 'int8'];
  const product = await cublasLtContestant(operands);
  return {
    contestants: [
      ...outputs.map((output) => ownContestant(operands, output)),
      product,
      separateContestant(operands, product),
    ],
    dispose: operands.dispose,
  };
}

export const LARGE_SIZES = [4096, 8192];
export const FEW_ROWS = [16, 1];
/** Rows of the products with few rows have this many values, and so many columns. */
export const WIDE = 8192;

/** Large products, and those whose weights come from memory each time. */
export function gemmCases(gpu: Gpu): GpuCase[] {
  const shapes = [
    ...LARGE_SIZES.map((size) => ({ m: size, n: size, k: size })),
    ...FEW_ROWS.map((m) => ({ m, n: WIDE, k: WIDE })),
  ];
  return shapes.map(({ m, n, k }) => {
    const shape = { m: shrunk(gpu, m), n: shrunk(gpu, n), k: shrunk(gpu, k) };
    const family = m > 16 ? 'int8 product' : 'int8 product, cold weights';
    return {
      suite: 'gemm',
      family,
      name: `${family} ${shapeName(shape)}`,
      sizes: shape,
      heavy: m === 8192,
      prepare: () => prepareGemm(gpu, shape),
    };
  });
}
