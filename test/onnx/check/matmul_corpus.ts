// Micro-graphs about MatMul and Gemm: each keeps or breaks one rule.
import type { Attribute } from '../../../lib/onnx';
import { attribute } from '../../../lib/onnx';
import type { MicroCase } from './micro_case';
import { type Params, QdqBuilder, type WeightOptions } from './qdq_builder';

const S8: Params = { type: 'int8' };

interface MatMulCase {
  readonly x?: Params;
  readonly y?: Params | 'none';
  readonly weight?: WeightOptions;
  readonly dims?: readonly (number | string)[];
  readonly tail?: (builder: QdqBuilder, y: string) => string;
  readonly opset?: number;
}

function matMul({ x = {}, y = x, weight = {}, dims = [4, 32], tail, opset = 17 }: MatMulCase) {
  const builder = new QdqBuilder(opset);
  const product = builder.op('MatMul', [builder.qdq(builder.input(dims), x), builder.weight([32, 16], weight)]);
  const output = tail?.(builder, product) ?? product;
  return builder.model([y === 'none' ? output : builder.qdq(output, y)]);
}

const add = (builder: QdqBuilder, y: string) => builder.op('Add', [y, builder.floats([16])]);
const relu = (builder: QdqBuilder, y: string) => builder.op('Relu', [y]);
const mm = (name: string, parts: MatMulCase, rule?: MicroCase['rule']): MicroCase => ({
  name,
  rule,
  build: () => matMul(parts),
});

const MATMULS: readonly MicroCase[] = [
  mm('MatMul u8 s8', {}),
  mm('MatMul s8 s8', { x: S8 }),
  mm('MatMul u8 u8', { weight: { type: 'uint8', zero: 128 } }),
  mm('MatMul per column', { weight: { axis: 1 } }),
  mm('MatMul per row', { weight: { axis: 0 } }, 'Q010'),
  mm('MatMul per row, no Q behind', { weight: { axis: 0 }, y: 'none' }, 'Q010'),
  mm('MatMul, no Q behind', { y: 'none' }),
  mm('MatMul, no Q behind, per column', { y: 'none', weight: { axis: 1 } }),
  mm('MatMul, no Q behind, no zero points', { y: 'none', x: { zero: null }, weight: { zero: null } }),
  mm('MatMul s8, no Q behind', { x: S8, y: 'none' }),
  mm('MatMul, Relu, no Q behind', { y: 'none', tail: relu }),
  mm('MatMul, Relu, Sin', { y: 'none', tail: (b, y) => b.op('Sin', [relu(b, y)]) }, 'Q015'),
  mm('MatMul, Relu, Q', { tail: relu, y: { zero: 0 } }),
  mm('MatMul, two readers', { y: 'none', tail: (b, y) => b.op('Mul', [b.op('Sin', [y]), b.op('Cos', [y])]) }),
  mm('MatMul, Add of a bias, Q', { tail: add }),
  mm('MatMul, Add of a bias, no Q', { tail: add, y: 'none' }, 'Q012'),
  mm('MatMul, Add of a bias, Relu, Q', { tail: (b, y) => relu(b, add(b, y)), y: { zero: 0 } }),
  mm('MatMul of 3 dims', { dims: [2, 4, 32] }),
  mm('MatMul of 3 dims, Add of a bias, Q', { dims: [2, 4, 32], tail: add }),
  mm('MatMul of 3 dims, Add of a bias, no Q', { dims: [2, 4, 32], tail: add, y: 'none' }, 'Q012'),
  mm('MatMul of 3 dims with a batch, Add of a bias, no Q', { dims: ['batch', 4, 32], tail: add, y: 'none' }),
  mm('MatMul of 3 dims with a batch, Add of a bias, Q', { dims: ['batch', 4, 32], tail: add }, 'Q012'),
  mm('MatMul int16', { x: { type: 'int16' }, opset: 21 }, 'Q020'),
  mm('MatMul, opset 21', { opset: 21 }),
  mm('MatMul, opset 23', { opset: 23 }),
  {
    name: 'MatMul of two activations',
    build: () => {
      const b = new QdqBuilder();
      return b.model([b.qdq(b.op('MatMul', [b.qdq(b.input([2, 4, 8])), b.qdq(b.input([2, 8, 4]))]))]);
    },
  },
  {
    name: 'MatMul of two s8 activations',
    build: () => {
      const b = new QdqBuilder();
      return b.model([b.qdq(b.op('MatMul', [b.qdq(b.input([2, 4, 8]), S8), b.qdq(b.input([2, 8, 4]), S8)]), S8)]);
    },
  },
  {
    name: 'MatMul with a float side',
    rule: 'Q012',
    build: () => {
      const b = new QdqBuilder();
      return b.model([b.qdq(b.op('MatMul', [b.input([4, 32]), b.weight([32, 16])]))]);
    },
  },
  {
    name: 'MatMul of weights through Transpose',
    build: () => {
      const b = new QdqBuilder();
      const w = b.op('Transpose', [b.weight([16, 32])], { perm: [1, 0] });
      return b.model([b.qdq(b.op('MatMul', [b.qdq(b.input([4, 32])), w]))]);
    },
  },
];

interface GemmCase {
  readonly x?: Params;
  readonly y?: Params | 'none';
  readonly weight?: WeightOptions;
  readonly bias?: 'none' | 'float' | 'perChannel' | 'int32';
  readonly attributes?: Readonly<Record<string, number | Attribute>>;
}

function gemm({ x = {}, y = x, weight = {}, bias = 'int32', attributes = {} }: GemmCase) {
  const b = new QdqBuilder();
  const dims = attributes.transB === 1 ? [16, 32] : [32, 16];
  const inputs = [b.qdq(b.input([4, 32]), x), b.weight(dims, weight)];
  if (bias === 'float') inputs.push(b.floats([16]));
  else if (bias !== 'none') inputs.push(b.bias(16, { perChannel: bias === 'perChannel' }));
  const output = b.op('Gemm', inputs, attributes);
  return b.model([y === 'none' ? output : b.qdq(output, y)]);
}

const gm = (name: string, parts: GemmCase, rule?: MicroCase['rule']): MicroCase => ({
  name,
  rule,
  build: () => gemm(parts),
});
function transposed(parts: WeightOptions, opset = 21): MicroCase['build'] {
  return () => {
    const b = new QdqBuilder(opset);
    return b.model([
      b.op('MatMul', [b.input([4, 32]), b.op('Transpose', [b.weight([16, 32], parts)], { perm: [1, 0] })]),
    ]);
  };
}

const HALF = attribute.float(0.5);

const GEMMS: readonly MicroCase[] = [
  gm('Gemm u8 s8', {}),
  gm('Gemm s8 s8', { x: S8 }),
  gm('Gemm, no bias', { bias: 'none' }),
  gm('Gemm, float bias', { bias: 'float' }),
  gm('Gemm, no Q behind', { y: 'none' }),
  gm('Gemm, float bias, no Q behind', { bias: 'float', y: 'none' }, 'Q012'),
  gm('Gemm per column', { weight: { axis: 1 }, bias: 'perChannel' }),
  gm('Gemm per row', { weight: { axis: 0 }, bias: 'none' }, 'Q011'),
  gm('Gemm transB per row', { weight: { axis: 0 }, bias: 'perChannel', attributes: { transB: 1 } }),
  gm('Gemm transB per column', { weight: { axis: 1 }, bias: 'none', attributes: { transB: 1 } }, 'Q011'),
  gm('Gemm transB, float bias', { weight: { axis: 0 }, bias: 'float', attributes: { transB: 1 } }),
  gm('Gemm alpha 0.5', { attributes: { alpha: HALF } }, 'Q019'),
  gm('Gemm alpha 0.5, no bias', { bias: 'none', attributes: { alpha: HALF } }),
  gm('Gemm beta 0.5', { attributes: { beta: HALF } }, 'Q019'),
  gm('Gemm beta 0.5, no bias', { bias: 'none', attributes: { beta: HALF } }),
];

function weightOnly(opType: 'MatMul' | 'Gemm', weight: WeightOptions, { opset = 21, k = 64, shared = false } = {}) {
  const b = new QdqBuilder(opset);
  const w = b.weight([k, 16], weight);
  const y = b.op(opType, [b.input([4, k]), w]);
  return b.model(shared ? [y, b.op('MatMul', [b.input([4, k]), w])] : [y]);
}

const wo = (
  name: string,
  weight: WeightOptions,
  rule?: MicroCase['rule'],
  options: { opset?: number; k?: number; shared?: boolean } = {},
): MicroCase => ({
  name,
  rule,
  build: () => weightOnly('MatMul', weight, options),
});

const WEIGHT_ONLY: readonly MicroCase[] = [
  wo('int4 blocks of 32', { type: 'int4', axis: 0, block: 32 }),
  wo('int4 blocks of 16', { type: 'int4', axis: 0, block: 16 }),
  wo('int4 blocks of 128', { type: 'int4', axis: 0, block: 128 }, undefined, { k: 256 }),
  wo('uint4 blocks of 32', { type: 'uint4', axis: 0, block: 32, zero: 8 }),
  wo('int4 blocks of 8', { type: 'int4', axis: 0, block: 8 }, 'Q022'),
  wo('int4 blocks of 48', { type: 'int4', axis: 0, block: 48 }, 'Q022', { k: 96 }),
  wo('int4 blocks along axis 1', { type: 'int4', axis: 1, block: 16 }, 'Q022'),
  wo('int8 per tensor', {}),
  wo('int8 per column', { axis: 1 }),
  wo('int8 per row', { axis: 0 }, 'Q022'),
  wo('int8 per column, opset 13', { axis: 1 }, undefined, { opset: 13 }),
  wo('uint8 per column', { type: 'uint8', axis: 1, zero: 128 }),
  wo('int4 per column', { type: 'int4', axis: 1 }),
  wo('int8 blocks of 32', { type: 'int8', axis: 0, block: 32 }),
  wo('int4 shared by two MatMuls', { type: 'int4', axis: 0, block: 32 }, 'Q022', { shared: true }),
  wo('int16 per column', { type: 'int16', axis: 1 }, 'Q022'),
  { name: 'int8 through Transpose', build: transposed({}) },
  { name: 'int8 per row through Transpose', build: transposed({ axis: 0 }) },
  { name: 'int4 blocks through Transpose', rule: 'Q012', build: transposed({ type: 'int4', axis: 1, block: 16 }) },
  { name: 'int4 Gemm', build: () => weightOnly('Gemm', { type: 'int4', axis: 0, block: 32 }) },
  {
    name: 'int8 Conv weights only',
    rule: 'Q012',
    build: () => {
      const b = new QdqBuilder();
      return b.model([b.conv(b.input([1, 4, 8, 8]), b.weight([4, 4, 3, 3]))]);
    },
  },
];

interface DynamicCase {
  /** Weights of each reader have scales of their own; equal ones let the runtime share the product of the scales. */
  readonly ownScales?: boolean;
  readonly bias?: 'first' | 'second' | 'none';
  readonly readers?: number;
}

function dynamic({ bias = 'none', readers = 1, ownScales = false }: DynamicCase) {
  const b = new QdqBuilder();
  const q = b.op('DynamicQuantizeLinear', [b.input([4, 32])], {}, 3);
  const outputs = Array.from({ length: readers }, (_, reader) => {
    const at = b.graph.nodes.length;
    b.weight([32, 16], { scale: ownScales ? 0.01 * (1 + reader) : 0.01 });
    const dq = b.graph.nodes.splice(at, 1)[0];
    const [integers = '', scale = '', zero = ''] = dq?.inputs ?? [];
    const product = b.op('MatMulInteger', [q, integers, `${q}:2`, zero]);
    const scales = b.op('Mul', [`${q}:1`, scale]);
    const y = b.op('Mul', [b.op('Cast', [product], { to: 1 }), scales]);
    if (bias === 'none') return y;
    return b.op('Add', bias === 'second' ? [y, b.floats([16])] : [b.floats([16]), y]);
  });
  return b.model(outputs);
}

const DYNAMIC: readonly MicroCase[] = [
  { name: 'dynamic MatMul', build: () => dynamic({}) },
  { name: 'dynamic MatMul with bias', build: () => dynamic({ bias: 'second' }) },
  { name: 'dynamic MatMul with bias first', build: () => dynamic({ bias: 'first' }) },
  { name: 'dynamic MatMuls of one input, own scales', build: () => dynamic({ readers: 2, ownScales: true }) },
  { name: 'dynamic MatMuls of one input', build: () => dynamic({ readers: 3, bias: 'second' }) },
  {
    name: 'ConvInteger',
    rule: 'Q021',
    build: () => {
      const b = new QdqBuilder();
      const q = b.op('DynamicQuantizeLinear', [b.input([1, 4, 8, 8])], {}, 3);
      const start = b.graph.nodes.length;
      b.weight([4, 4, 3, 3], { type: 'uint8', zero: 128 });
      const dq = b.graph.nodes.splice(start, 1)[0];
      const [integers = '', scale = '', zero = ''] = dq?.inputs ?? [];
      const y = b.op('Cast', [b.op('ConvInteger', [q, integers, `${q}:2`, zero])], { to: 1 });
      return b.model([b.op('Mul', [y, b.op('Mul', [`${q}:1`, scale])])]);
    },
  },
];

export const MATMUL_CASES: readonly MicroCase[] = [...MATMULS, ...GEMMS, ...WEIGHT_ONLY, ...DYNAMIC];
