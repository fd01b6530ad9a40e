// Matrix products: int8 with weights packed once, and the float32 baseline.
import type { BenchCase } from '../contestant';
import { prepareFloat32 } from './gemm_float32';
import { prepareInt8 } from './gemm_int8';

export interface GemmShape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

const cube = (size: number): GemmShape => ({ m: size, n: size, k: size });

const INT8_SHAPES: readonly GemmShape[] = [
  cube(16),
  cube(64),
  cube(128),
  cube(256),
  cube(512),
  cube(1024),
  cube(2048),
  { m: 128, n: 768, k: 768 },
  { m: 128, n: 768, k: 3072 },
  { m: 128, n: 3072, k: 768 },
  { m: 13, n: 768, k: 768 },
  { m: 16, n: 4096, k: 4096 },
  { m: 1, n: 1024, k: 1024 },
  { m: 1, n: 4096, k: 4096 },
  { m: 4, n: 4096, k: 4096 },
];

const FLOAT32_SHAPES: readonly GemmShape[] = [cube(256), cube(512), cube(1024)];

/** '128x768x3072': m x n x k. */
export function showShape({ m, n, k }: GemmShape): string {
  return `${m}x${n}x${k}`;
}

export function gemmCases(): BenchCase[] {
  const int8 = (['uint8', 'int8'] as const).flatMap((type) =>
    INT8_SHAPES.map((shape): BenchCase => {
      const name = `gemm ${type === 'uint8' ? 'u8xs8' : 's8xs8'} ${showShape(shape)}`;
      return { suite: 'gemm', name, sizes: { ...shape }, prepare: (context) => prepareInt8(type, shape, context) };
    }),
  );
  const float32 = FLOAT32_SHAPES.map((shape): BenchCase => {
    const prepare: BenchCase['prepare'] = (context) => prepareFloat32(shape, context);
    return { suite: 'gemm', name: `gemm float32 ${showShape(shape)}`, sizes: { ...shape }, prepare };
  });
  return [...int8, ...float32];
}
