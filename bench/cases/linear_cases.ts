// Layers: a float32 layer beside its quantized forms.
import type { BenchCase } from '../contestant';
import { type GemmShape, showShape } from './gemm_cases';
import { prepareDynamic } from './linear_dynamic';
import { prepareStatic } from './linear_static';

const SHAPES: readonly GemmShape[] = [
  { m: 64, n: 768, k: 768 },
  { m: 64, n: 3072, k: 768 },
  { m: 128, n: 768, k: 3072 },
  { m: 512, n: 3072, k: 768 },
  { m: 32, n: 1024, k: 1024 },
  { m: 1, n: 1024, k: 1024 },
];

export function linearCases(): BenchCase[] {
  return SHAPES.flatMap((shape): BenchCase[] => {
    const entry = (name: string, prepare: BenchCase['prepare']): BenchCase => ({
      suite: 'linear',
      family: `linear ${name}`,
      name: `linear ${name} ${showShape(shape)}`,
      sizes: { ...shape },
      prepare,
    });
    return [
      entry('dynamic', (context) => prepareDynamic(shape, context)),
      entry('static u8', (context) => prepareStatic('uint8', shape, context)),
      entry('static s8', (context) => prepareStatic('int8', shape, context)),
    ];
  });
}
