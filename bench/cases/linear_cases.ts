// Layers: a float32 layer beside its quantized forms.
import type { BenchCase, CaseContext, Contestant } from '../contestant';
import { type GemmShape, isHeavy, showShape } from './gemm_cases';
import { prepareDynamic } from './linear_dynamic';
import { prepareEpilogue } from './linear_epilogue';
import { prepareStatic } from './linear_static';
import { prepareWeights } from './linear_weights';

/** Float in, float out: what its floats cost depends on m and n. */
const DYNAMIC_SHAPES: readonly GemmShape[] = [
  ...[64, 128, 512].flatMap((m) => [
    { m, n: 768, k: 768 },
    { m, n: 3072, k: 768 },
  ]),
  { m: 128, n: 768, k: 3072 },
  { m: 128, n: 4096, k: 4096 },
  { m: 32, n: 1024, k: 1024 },
  { m: 1, n: 1024, k: 1024 },
];

const EPILOGUE_SHAPES: readonly GemmShape[] = [
  { m: 128, n: 3072, k: 768 },
  { m: 128, n: 768, k: 3072 },
];

/** The layers of a language model: one row, whose time is that of reading the weights, and many. */
const WEIGHT_SHAPES: readonly GemmShape[] = [
  { m: 1, n: 4096, k: 4096 },
  { m: 1, n: 11_008, k: 4096 },
  { m: 128, n: 4096, k: 4096 },
  { m: 128, n: 11_008, k: 4096 },
];

const STATIC_SHAPES: readonly GemmShape[] = [
  { m: 128, n: 768, k: 3072 },
  { m: 32, n: 1024, k: 1024 },
  { m: 1, n: 1024, k: 1024 },
];

type Prepare = (shape: GemmShape, context: CaseContext) => Promise<Contestant[]>;

function casesOf(kind: string, shapes: readonly GemmShape[], prepare: Prepare): BenchCase[] {
  return shapes.map((shape) => ({
    suite: 'linear',
    family: `linear ${kind}`,
    name: `linear ${kind} ${showShape(shape)}`,
    sizes: { ...shape },
    heavy: isHeavy(shape),
    prepare: (context) => prepare(shape, context),
  }));
}

export function linearCases(): BenchCase[] {
  return [
    ...casesOf('dynamic', DYNAMIC_SHAPES, prepareDynamic),
    ...casesOf('epilogue', EPILOGUE_SHAPES, prepareEpilogue),
    ...casesOf('static u8', STATIC_SHAPES, (shape, context) => prepareStatic('uint8', shape, context)),
    ...casesOf('static s8', STATIC_SHAPES, (shape, context) => prepareStatic('int8', shape, context)),
    ...casesOf('weights', WEIGHT_SHAPES, prepareWeights).map((one) => ({ ...one, heavy: true })), // rounding takes seconds
  ];
}
