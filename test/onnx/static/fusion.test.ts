// What onnxruntime makes of quantized micro-graphs on x64: every operator that is said to be int8 is, and nothing is left around it.
import { describe, expect, it } from 'vitest';
import type { Method } from '../../../lib';
import { attribute, type GraphParts, ModelTensor } from '../../../lib/onnx';
import { optimizedOps } from '../optimized_graph';
import { info, ints } from '../small_models';
import { expectAgreement, graphOf, op, quantized, stepOf, weights } from './calibrated';

type Ops = Readonly<Record<string, number>>;

interface Case {
  readonly what: string;
  readonly graph: GraphParts;
  readonly ops: Ops;
  readonly method?: Method;
  /** Operators around it that have nothing to do with integers. */
  readonly inFloat?: readonly string[];
}

const image = (channels: number, size = 8) => [info('x', [1, channels, size, size])];
const out = (dims: readonly (number | string)[] = []) => [info('y', dims)];
const ones = { pads: attribute.ints([1, 1, 1, 1]) };
const conv = (x: string, w: string, y: string, more = {}) => op('Conv', [x, w, `${w}_b`], y, { ...ones, ...more });
const filters = (name: string, outputs: number, inputs: number, seed: number) =>
  [
    [name, weights([outputs, inputs, 3, 3], seed, 0.3)],
    [`${name}_b`, weights([outputs], seed + 1, 0.5)],
  ] as const;

const CONVOLUTIONS: readonly Case[] = [
  {
    what: 'Conv whose Relu folds',
    graph: {
      inputs: image(3),
      outputs: out([1, 8, 8, 8]),
      nodes: [conv('x', 'w', 'c'), op('Relu', ['c'], 'y')],
      initializers: new Map(filters('w', 8, 3, 1)),
    },
    ops: { QLinearConv: 1, QuantizeLinear: 1, DequantizeLinear: 1 },
  },
  {
    what: 'Conv whose Clip folds',
    graph: {
      inputs: image(4),
      outputs: out([1, 8, 8, 8]),
      nodes: [conv('x', 'w', 'c'), op('Clip', ['c', 'low', 'high'], 'r'), conv('r', 'v', 'y')],
      initializers: new Map([
        ...filters('w', 8, 4, 3),
        ...filters('v', 8, 8, 5),
        ['low', weights([], 0, 0)] as const,
        ['high', weights([], 9, 0.3)] as const,
      ]),
    },
    ops: { QLinearConv: 2, QuantizeLinear: 1, DequantizeLinear: 1 },
  },
  {
    what: 'Conv whose Clip folds though 255 steps do not reach both of its bounds',
    graph: {
      inputs: image(4),
      outputs: out([1, 8, 8, 8]),
      nodes: [conv('x', 'w', 'c'), op('Clip', ['c', 'low', 'high'], 'y')],
      initializers: new Map([
        ...filters('w', 8, 4, 3),
        ['low', ModelTensor.scalar('float32', Float32Array.of(-0.25))] as const,
        ['high', ModelTensor.scalar('float32', Float32Array.of(0.25))] as const,
      ]),
    },
    method: 'minmax',
    ops: { QLinearConv: 1, QuantizeLinear: 1, DequantizeLinear: 1 },
  },
  {
    what: 'depthwise Conv',
    graph: {
      inputs: image(8),
      outputs: out([1, 8, 8, 8]),
      nodes: [conv('x', 'w', 'y', { group: attribute.int(8) })],
      initializers: new Map(filters('w', 8, 1, 7)),
    },
    ops: { QLinearConv: 1, QuantizeLinear: 1, DequantizeLinear: 1 },
  },
  {
    what: 'a residual with Relu behind the sum',
    graph: {
      inputs: image(4),
      outputs: out([1, 4, 8, 8]),
      nodes: [
        conv('x', 'w', 'a'),
        op('Relu', ['a'], 'skip'),
        conv('skip', 'v', 'b'),
        op('Add', ['b', 'skip'], 's'),
        op('Relu', ['s'], 'r'),
        conv('r', 'u', 'y'),
      ],
      initializers: new Map([...filters('w', 4, 4, 9), ...filters('v', 4, 4, 11), ...filters('u', 4, 4, 13)]),
    },
    ops: { QLinearConv: 3, QLinearAdd: 1, QuantizeLinear: 1, DequantizeLinear: 1 },
  },
  {
    what: 'pooling, concatenation and a swish between convolutions',
    graph: {
      inputs: image(4),
      outputs: out([1, 4, 4, 4]),
      nodes: [
        conv('x', 'w', 'a'),
        op('Sigmoid', ['a'], 'g'),
        op('Mul', ['a', 'g'], 'm'),
        op('MaxPool', ['m'], 'p', { kernel_shape: attribute.ints([2, 2]), strides: attribute.ints([2, 2]) }),
        conv('p', 'v', 'l'),
        conv('p', 'u', 'r'),
        op('Concat', ['l', 'r'], 'c', { axis: attribute.int(1) }),
        conv('c', 't', 'y'),
      ],
      initializers: new Map([
        ...filters('w', 4, 4, 15),
        ...filters('v', 4, 4, 17),
        ...filters('u', 4, 4, 19),
        ...filters('t', 4, 8, 21),
      ]),
    },
    ops: { QLinearConv: 4, QLinearSigmoid: 1, QLinearMul: 1, QLinearConcat: 1, NhwcMaxPool: 1 },
  },
];

const rows = [info('x', ['n', 6, 16])];
const dense = new Map([
  ['w', weights([16, 24], 31, 0.3)],
  ['w_b', weights([24], 32, 0.5)],
]);

const PRODUCTS: readonly Case[] = [
  {
    what: 'Gemm with a float output',
    graph: {
      inputs: [info('x', ['n', 16])],
      outputs: out(['n', 24]),
      nodes: [op('Gemm', ['x', 'w', 'w_b'], 'y')],
      initializers: dense,
    },
    ops: { QGemm: 1, QuantizeLinear: 1, DequantizeLinear: 0 },
  },
  {
    what: 'a chain of Gemm, the second with transposed weights',
    graph: {
      inputs: [info('x', ['n', 16])],
      outputs: out(['n', 8]),
      nodes: [
        op('Gemm', ['x', 'w', 'w_b'], 'h'),
        op('Relu', ['h'], 'r'),
        op('Gemm', ['r', 'v'], 'y', { transB: attribute.int(1) }),
      ],
      initializers: new Map([...dense, ['v', weights([8, 24], 33, 0.3)] as const]),
    },
    ops: { QGemm: 2, QuantizeLinear: 1, DequantizeLinear: 0 },
  },
  {
    what: 'MatMul of three dimensions with a bias, which would stay in float as it is',
    graph: {
      inputs: rows,
      outputs: out(['n', 6, 24]),
      nodes: [op('MatMul', ['x', 'w'], 'm'), op('Add', ['m', 'w_b'], 'y')],
      initializers: dense,
    },
    ops: { QGemm: 1, QuantizeLinear: 1, DequantizeLinear: 0, Gemm: 0 },
  },
  {
    what: 'Clip behind a MatMul of three dimensions with a bias',
    graph: {
      inputs: rows,
      outputs: out(['n', 6, 8]),
      nodes: [
        op('MatMul', ['x', 'w'], 'm'),
        op('Add', ['m', 'w_b'], 's'),
        op('Clip', ['s', 'low', 'high'], 'r'),
        op('MatMul', ['r', 'v'], 'y'),
      ],
      initializers: new Map([
        ...dense,
        ['low', weights([], 0, 0)] as const,
        ['high', ModelTensor.scalar('float32', Float32Array.of(0.4))] as const,
        ['v', weights([24, 8], 34, 0.3)] as const,
      ]),
    },
    ops: { QGemm: 1, MatMulIntegerToFloat: 1, QuantizeLinear: 1, DequantizeLinear: 0, Gemm: 0 },
  },
  {
    what: 'a sum behind a MatMul of two dimensions, which would become one Gemm in float',
    graph: {
      inputs: [info('x', [3, 16])],
      outputs: out([3, 16]),
      nodes: [op('MatMul', ['x', 'w'], 'm'), op('Relu', ['x'], 'r'), op('Add', ['m', 'r'], 'y')],
      initializers: new Map([['w', weights([16, 16], 35, 0.3)]]),
    },
    ops: { QGemm: 1, Gemm: 0 },
    inFloat: ['Add', 'Relu'],
  },
  {
    what: 'MatMul without a bias',
    graph: {
      inputs: rows,
      outputs: out(['n', 6, 24]),
      nodes: [op('MatMul', ['x', 'w'], 'y')],
      initializers: new Map([['w', dense.get('w')!]]),
    },
    ops: { MatMulIntegerToFloat: 1, QuantizeLinear: 1, DequantizeLinear: 0 },
  },
  {
    what: 'attention, its reshapes and transposes on integers',
    graph: {
      inputs: rows,
      outputs: out(),
      nodes: [
        ...['q', 'k', 'v'].flatMap((part) => [
          op('MatMul', ['x', `${part}_w`], `${part}_m`),
          op('Reshape', [`${part}_m`, 'heads'], `${part}_r`),
          op('Transpose', [`${part}_r`], part, { perm: attribute.ints(part === 'k' ? [0, 2, 3, 1] : [0, 2, 1, 3]) }),
        ]),
        op('MatMul', ['q', 'k'], 'qk'),
        op('Softmax', ['qk'], 'p', { axis: attribute.int(-1) }),
        op('MatMul', ['p', 'v'], 'y'),
      ],
      initializers: new Map([
        ['heads', ints([0, 0, 2, 8])],
        ...['q', 'k', 'v'].map((part, i) => [`${part}_w`, weights([16, 16], 41 + i, 0.5)] as const),
      ]),
    },
    ops: { QLinearMatMul: 3, MatMulIntegerToFloat: 2, MatMul: 0, QuantizeLinear: 2, DequantizeLinear: 0 },
  },
];

const FLOAT = ['Conv', 'FusedConv', 'Gemm', 'FusedGemm', 'MatMul', 'Add', 'Mul', 'Relu', 'Clip', 'Sigmoid'];
const count = (ops: Ops, name: string): number => ops[name] ?? 0;

describe.runIf(process.arch === 'x64').each([...CONVOLUTIONS, ...PRODUCTS])(
  '$what',
  ({ graph, ops, method, inFloat = [] }) => {
    it('runs on integer kernels in onnxruntime, as the reference interpreter computes', async () => {
      const model = graphOf(graph);
      const { model: result, decisions } = await quantized(model, { method });
      const found = await optimizedOps(result);
      for (const [name, times] of Object.entries(ops)) expect([name, count(found, name)]).toEqual([name, times]);
      for (const name of FLOAT.filter((one) => !inFloat.includes(one)))
        expect([name, count(found, name)]).toEqual([name, 0]);
      await expectAgreement(model, result, 2 * stepOf(decisions, 'y'));
    });
  },
);
