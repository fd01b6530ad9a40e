// Micro-graphs about operators without weights: each keeps or breaks one rule.
import type { MicroCase } from './micro_case';
import { type Params, QdqBuilder } from './qdq_builder';

const S8: Params = { type: 'int8' };
const ONE: Params = { scale: 1 / 256, zero: 0 };

interface OpCase {
  readonly dims?: readonly number[];
  readonly x?: Params;
  readonly y?: Params;
  readonly opset?: number;
}

type Make = (builder: QdqBuilder, x: string) => string;

function around(
  name: string,
  make: Make,
  { dims = [1, 4, 8, 8], x = {}, y = x, opset = 17 }: OpCase = {},
  rule?: MicroCase['rule'],
): MicroCase {
  return {
    name,
    rule,
    build: () => {
      const b = new QdqBuilder(opset);
      return b.model([b.qdq(make(b, b.qdq(b.input(dims), x)), y)]);
    },
  };
}

const op =
  (opType: string, attributes: Parameters<QdqBuilder['op']>[2] = {}): Make =>
  (b, x) =>
    b.op(opType, [x], attributes);
const DIFFERENT: Params = { scale: 0.03 };

const pool = op('MaxPool', { kernel_shape: [2, 2] });

const UNARY: readonly MicroCase[] = [
  around('AveragePool', op('AveragePool', { kernel_shape: [2, 2] })),
  around('GlobalAveragePool', op('GlobalAveragePool')),
  around('LeakyRelu', op('LeakyRelu')),
  around('Sigmoid', op('Sigmoid'), { y: ONE }),
  around('Softmax', op('Softmax'), { dims: [2, 10], y: ONE }),
  around('Softmax s8', op('Softmax'), { dims: [2, 10], x: S8, y: { type: 'int8', scale: 1 / 256, zero: -128 } }),
  around('Softmax, opset 11', op('Softmax'), { dims: [2, 10], y: ONE, opset: 11 }),
  around('Sigmoid, other ranges', op('Sigmoid'), { y: { scale: 0.02, zero: 7 } }),
  around('Sigmoid u8 to s8', op('Sigmoid'), { y: S8 }),
  around('Sigmoid int16', op('Sigmoid'), { x: { type: 'int16' }, opset: 21 }, 'Q020'),
];

const FLOAT_ONLY: readonly MicroCase[] = [
  ['Tanh', op('Tanh')],
  ['HardSwish', op('HardSwish')],
  ['Erf', op('Erf')],
  ['ReduceMean', op('ReduceMean', { axes: [2, 3] })],
  ['Relu', op('Relu')],
  ['Sub', (b: QdqBuilder, x: string) => b.op('Sub', [x, b.qdq(b.input([1, 4, 8, 8]))])],
  ['Div', (b: QdqBuilder, x: string) => b.op('Div', [x, b.qdq(b.input([1, 4, 8, 8]))])],
  ['Max', (b: QdqBuilder, x: string) => b.op('Max', [x, b.qdq(b.input([1, 4, 8, 8]))])],
  ['Pad', (b: QdqBuilder, x: string) => b.op('Pad', [x, b.int64([0, 0, 1, 1, 0, 0, 1, 1])])],
  ['LayerNormalization', (b: QdqBuilder, x: string) => b.op('LayerNormalization', [x, b.floats([8])])],
  [
    'Resize linear',
    (b: QdqBuilder, x: string) => b.op('Resize', [x, '', b.floats([4], [1, 1, 2, 2])], { mode: 'linear' }),
  ],
].map(([name, make]) =>
  around(`${name as string} between pairs`, make as Make, { y: { zero: 0 } }, name === 'Relu' ? undefined : 'Q020'),
);

const COPY_OPS: readonly (readonly [string, Make])[] = [
  ['Reshape', (b, x) => b.op('Reshape', [x, b.int64([1, -1])])],
  ['Transpose', op('Transpose', { perm: [0, 2, 3, 1] })],
  ['Flatten', op('Flatten')],
  ['Squeeze', (b, x) => b.op('Squeeze', [x, b.int64([0])])],
  ['Unsqueeze', (b, x) => b.op('Unsqueeze', [x, b.int64([0])])],
  ['Slice', (b, x) => b.op('Slice', [x, b.int64([0]), b.int64([2]), b.int64([1])])],
  ['Tile', (b, x) => b.op('Tile', [x, b.int64([1, 1, 2, 2])])],
  ['Expand', (b, x) => b.op('Expand', [x, b.int64([2, 4, 8, 8])])],
  ['Gather', (b, x) => b.op('Gather', [x, b.int64([0, 1])], { axis: 1 })],
  ['GatherElements', (b, x) => b.op('GatherElements', [b.op('Reshape', [x, b.int64([256])]), b.int64([0, 1])])],
  ['DepthToSpace', op('DepthToSpace', { blocksize: 2 })],
  ['MaxPool', pool],
  ['ReduceMax', op('ReduceMax', { axes: [2, 3] })],
  ['Resize nearest', (b, x) => b.op('Resize', [x, '', b.floats([4], [1, 1, 2, 2])], { mode: 'nearest' })],
];

const COPIES: readonly MicroCase[] = [
  ...COPY_OPS.map(([name, make]) => around(`${name}, equal pairs`, make)),
  ...COPY_OPS.map(([name, make]) => around(`${name}, different scales`, make, { y: DIFFERENT }, 'Q016')),
  around('DepthToSpace s8', op('DepthToSpace', { blocksize: 2 }), { x: S8 }),
  around('DepthToSpace int16', op('DepthToSpace', { blocksize: 2 }), { x: { type: 'int16' }, opset: 21 }, 'Q020'),
  around('SpaceToDepth', op('SpaceToDepth', { blocksize: 2 }), {}, 'Q020'),
  around('Identity, equal pairs', op('Identity')),
  around('Transpose, no zero point', op('Transpose'), { x: { zero: null } }, 'Q016'),
  around('Transpose int16', op('Transpose'), { x: { type: 'int16' }, opset: 21 }),
  around('MaxPool int16', pool, { x: { type: 'int16' }, opset: 21 }, 'Q020'),
  around('MaxPool, opset 11', pool, { opset: 11 }, 'Q016'),
  around('MaxPool, opset 22', pool, { opset: 22 }),
  around('MaxPool s8', pool, { x: S8 }),
  around('Reshape, opset 21', COPY_OPS[0]?.[1] as Make, { opset: 21 }),
  around('Transpose of 4 bits', op('Transpose'), { x: { type: 'uint4', zero: 8 }, opset: 21 }, 'Q020'),
];

function split(params: readonly Params[]): MicroCase['build'] {
  return () => {
    const b = new QdqBuilder();
    const first = b.op('Split', [b.qdq(b.input([1, 4, 8, 8]))], { axis: 1 }, 2);
    return b.model([b.qdq(first, params[0]), b.qdq(`${first}:1`, params[1])]);
  };
}

type Pair = readonly [Params, Params];

function binary(opType: string, [a, c]: Pair, y: Params, constant = false): MicroCase['build'] {
  return () => {
    const b = new QdqBuilder();
    const left = b.qdq(b.input([1, 4, 8, 8]), a);
    const right = constant ? b.weight([4, 1, 1], c as { type: 'int8' }) : b.qdq(b.input([1, 4, 8, 8]), c);
    return b.model([b.qdq(b.op(opType, [left, right], opType === 'Concat' ? { axis: 1 } : {}), y)]);
  };
}

const SEVERAL: readonly MicroCase[] = [
  { name: 'Split, equal pairs', build: split([{}, {}]) },
  { name: 'Split, different scales', rule: 'Q016', build: split([{}, DIFFERENT]) },
  { name: 'Add', build: binary('Add', [{}, {}], {}) },
  { name: 'Mul, different scales', build: binary('Mul', [{}, DIFFERENT], { scale: 0.1 }) },
  { name: 'Add s8', build: binary('Add', [S8, S8], S8) },
  { name: 'Add u8 and s8', build: binary('Add', [{}, S8], {}) },
  { name: 'Add of a constant u8', build: binary('Add', [{}, { type: 'uint8', zero: 100 }], {}, true) },
  { name: 'Add of a constant s8', rule: 'Q018', build: binary('Add', [S8, S8], S8, true) },
  { name: 'Mul of a constant s8', rule: 'Q018', build: binary('Mul', [S8, S8], S8, true) },
  { name: 'Concat', build: binary('Concat', [{}, {}], {}) },
  { name: 'Concat, different scales', build: binary('Concat', [{}, DIFFERENT], { scale: 0.05 }) },
  {
    name: 'Add of one tensor twice',
    build: () => {
      const b = new QdqBuilder();
      const x = b.qdq(b.input([4]));
      return b.model([b.qdq(b.op('Add', [x, x]))]);
    },
  },
  {
    name: 'Add of a float',
    rule: 'Q012',
    build: () => {
      const b = new QdqBuilder();
      return b.model([b.qdq(b.op('Add', [b.qdq(b.input([4])), b.input([4])]))]);
    },
  },
  {
    name: 'Add, Relu',
    build: () => {
      const b = new QdqBuilder();
      const sum = b.op('Add', [b.qdq(b.input([4])), b.qdq(b.input([4]))]);
      return b.model([b.qdq(b.op('Relu', [sum]), { zero: 0 })]);
    },
  },
  {
    name: 'Where',
    build: () => {
      const b = new QdqBuilder();
      const condition = b.input([4], 'bool');
      return b.model([b.qdq(b.op('Where', [condition, b.qdq(b.input([4])), b.qdq(b.input([4]))]))]);
    },
  },
  {
    name: 'Where with a constant',
    build: () => {
      const b = new QdqBuilder();
      const condition = b.input([4], 'bool');
      return b.model([b.qdq(b.op('Where', [condition, b.qdq(b.input([4])), b.floats([], [-1])]))]);
    },
  },
  {
    name: 'ArgMax',
    build: () => {
      const b = new QdqBuilder();
      const y = b.op('ArgMax', [b.qdq(b.input([4, 8]))], { axis: 1 });
      return b.model([{ name: y, type: { kind: 'tensor', elementType: 'int64', dims: undefined } }]);
    },
  },
];

const chain =
  (params: Params, make: (b: QdqBuilder, x: string) => string): MicroCase['build'] =>
  () => {
    const b = new QdqBuilder();
    return b.model([make(b, b.qdq(b.input([1, 4, 8, 8]), params))]);
  };

const CHAINS: readonly MicroCase[] = [
  {
    name: 'Q/DQ spread forward over Transpose',
    build: chain({}, (b, x) => b.qdq(b.conv(b.op('Transpose', [x], { perm: [0, 1, 3, 2] }), b.weight([4, 4, 3, 3])))),
  },
  {
    name: 'Q/DQ spread backward over Reshape',
    build: chain({}, (b, x) => b.qdq(b.op('Reshape', [b.conv(x, b.weight([4, 4, 3, 3])), b.int64([1, -1])]))),
  },
  {
    name: 'Q/DQ spread over MaxPool and Flatten',
    rule: 'Q013',
    build: chain({}, (b, x) => b.qdq(b.op('Flatten', [pool(b, b.conv(x, b.weight([4, 4, 3, 3])))]))),
  },
  { name: 'Two pairs in a row', build: chain({}, (b, x) => b.qdq(b.qdq(b.conv(x, b.weight([4, 4, 3, 3])), {}), {})) },
  {
    name: 'Two different pairs in a row',
    build: chain({}, (b, x) => b.qdq(b.qdq(b.conv(x, b.weight([4, 4, 3, 3])), {}), DIFFERENT)),
  },
  {
    name: 'Float model',
    rule: 'Q012',
    build: () => {
      const b = new QdqBuilder();
      return b.model([b.conv(b.input([1, 4, 8, 8]), b.floats([4, 4, 3, 3]))]);
    },
  },
];

export const OPERATOR_CASES: readonly MicroCase[] = [...UNARY, ...FLOAT_ONLY, ...COPIES, ...SEVERAL, ...CHAINS];
