// Matrix products: int8 with weights packed once, and the float32 baseline.
import type { BenchCase } from '../contestant';
import { prepareFloat32 } from './gemm_float32';
import { prepareInt8 } from './gemm_int8';

export interface GemmShape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** A product of square matrices. */
export const cube = (size: number): GemmShape => ({ m: size, n: size, k: size });

const INT8_SHAPES: readonly GemmShape[] = [
  cube(16),
  cube(64),
  cube(256),
  cube(512),
  cube(1024),
  cube(2048),
  cube(4096),
  { m: 512, n: 11008, k: 4096 },
  { m: 512, n: 4096, k: 11008 },
  { m: 128, n: 768, k: 768 },
  { m: 128, n: 768, k: 3072 },
  { m: 128, n: 3072, k: 768 },
  { m: 16, n: 4096, k: 4096 },
  { m: 13, n: 768, k: 768 },
  { m: 8, n: 1024, k: 1024 },
  { m: 4, n: 4096, k: 4096 },
  { m: 1, n: 1024, k: 1024 },
  { m: 1, n: 4096, k: 4096 },
];

/** Operations, and values of the weights, from which a case takes seconds with all that prepares it. */
const HEAVY = { operations: 2 ** 32, weights: 2 ** 24 };

/** Whether a quick run leaves a product out: few rows, for which the weights are what is measured, never are. */
export const isHeavy = ({ m, n, k }: GemmShape): boolean => 2 * m * n * k >= HEAVY.operations && n * k >= HEAVY.weights;

const FLOAT32_SHAPES: readonly GemmShape[] = [cube(256), cube(512), cube(1024)];

/** '128x768x3072': m x n x k. */
export function showShape({ m, n, k }: GemmShape): string {
  return `${m}x${n}x${k}`;
}

export function gemmCases(): BenchCase[] {
  const int8 = INT8_SHAPES.map((shape): BenchCase => {
    const name = `gemm int8 ${showShape(shape)}`;
    const prepare: BenchCase['prepare'] = (context) => prepareInt8(shape, context);
    return { suite: 'gemm', family: 'gemm int8', name, sizes: { ...shape }, heavy: isHeavy(shape), prepare };
  });
  const float32 = FLOAT32_SHAPES.map((shape): BenchCase => {
    const name = `gemm float32 ${showShape(shape)}`;
    const prepare: BenchCase['prepare'] = (context) => prepareFloat32(shape, context);
    return { suite: 'gemm', family: 'gemm float32', name, sizes: { ...shape }, prepare };
  });
  return [...int8, ...float32];
}
