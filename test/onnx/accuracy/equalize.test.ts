// Equalization changes no result, and makes one scale fit all channels.
import { describe, expect, it } from 'vitest';
import { equalize } from '../../../lib/onnx/accuracy';
import type { ModelTensor } from '../../../lib/onnx/model';
import { chooseParams, dequantize, quantize } from '../../../lib/quantize';
import {
  floats,
  ints,
  type MicroGraph,
  microModel,
  node,
  noisy,
  relativeError,
  runModel,
  value,
  wavesFor,
} from '../micro_graph';

interface Case extends MicroGraph {
  readonly feeds: Readonly<Record<string, readonly number[]>>;
  /** Weights that are balanced. */
  readonly weights: readonly string[];
  /** Pairs of layers; default 1. */
  readonly pairs?: number;
}

/** Weights whose output channels are 2^-6 to 2^6 as large. */
function uneven(dims: readonly number[], outputAxis = 0): ModelTensor {
  const inner = dims.slice(outputAxis + 1).reduce((product, dim) => product * dim, 1);
  const channels = dims[outputAxis] as number;
  const exponent = (i: number) => ((Math.floor(i / inner) % channels) / (channels - 1)) * 12 - 6;
  return floats(
    dims,
    noisy(dims)
      .floats()
      .map((weight, i) => weight * 2 ** exponent(i)),
  );
}

const picture = { inputs: [value('x', ['N', 3, 8, 8])], feeds: { x: [2, 3, 8, 8] } };
const tokens = { inputs: [value('x', ['N', 5, 6])], feeds: { x: [2, 5, 6] } };
const bias = noisy([8], 3);

const CASES: Readonly<Record<string, Case>> = {
  'Conv, Relu, MaxPool, Conv': {
    ...picture,
    nodes: [
      node('Conv x,w,b -> c', { pads: [1, 1, 1, 1] }),
      node('Relu c -> r'),
      node('MaxPool r -> p', { kernel_shape: [2, 2] }),
      node('Conv p,v -> y'),
    ],
    constants: { w: uneven([8, 3, 3, 3]), b: bias, v: noisy([4, 8, 3, 3], 4) },
    weights: ['w'],
  },
  'Conv, PRelu, depthwise Conv, LeakyRelu, Conv': {
    ...picture,
    nodes: [
      node('Conv x,w -> c'),
      node('PRelu c,slope -> r'),
      node('Conv r,d,b -> e', { group: 8 }),
      node('LeakyRelu e -> l'),
      node('Conv l,v -> y'),
    ],
    constants: {
      w: uneven([8, 3, 1, 1]),
      slope: noisy([8, 1, 1]),
      d: noisy([8, 1, 3, 3], 6),
      b: bias,
      v: noisy([4, 8, 1, 1], 4),
    },
    weights: ['w'],
    pairs: 2,
  },
  'ConvTranspose, Relu, Conv': {
    ...picture,
    nodes: [node('ConvTranspose x,w,b -> c'), node('Relu c -> r'), node('Conv r,v -> y')],
    constants: { w: uneven([3, 8, 2, 2], 1), b: bias, v: noisy([4, 8, 1, 1], 4) },
    weights: ['w'],
  },
  'Conv, GlobalAveragePool, Flatten, Gemm': {
    ...picture,
    nodes: [
      node('Conv x,w,b -> c'),
      node('GlobalAveragePool c -> g'),
      node('Flatten g -> f'),
      node('Gemm f,v -> y', { transB: 1 }),
    ],
    constants: { w: uneven([8, 3, 1, 1]), b: bias, v: noisy([4, 8], 4) },
    weights: ['w'],
  },
  'Conv, Flatten, MatMul': {
    inputs: [value('x', ['N', 3, 2, 2])],
    feeds: { x: [2, 3, 2, 2] },
    nodes: [node('Conv x,w,b -> c'), node('Flatten c -> f'), node('MatMul f,v -> y')],
    constants: { w: uneven([8, 3, 1, 1]), b: bias, v: noisy([32, 4], 4) },
    weights: ['w'],
  },
  'MatMul, Add, Relu, MatMul': {
    ...tokens,
    nodes: [node('MatMul x,w -> m'), node('Add m,b -> a'), node('Relu a -> r'), node('MatMul r,v -> y')],
    constants: { w: uneven([6, 8], 1), b: bias, v: noisy([8, 3], 4) },
    weights: ['w'],
  },
  'MatMul times a gate, MatMul': {
    ...tokens,
    nodes: [
      node('MatMul x,w -> m'),
      node('MatMul x,g -> h'),
      node('Sigmoid h -> s'),
      node('Mul s,m -> p'),
      node('MatMul p,v -> y'),
    ],
    constants: { w: uneven([6, 8], 1), g: noisy([6, 8], 5), v: noisy([8, 3], 4) },
    weights: ['w'],
  },
};

/** Signal over the noise of 8 bits with one scale, in dB. */
function sqnr(tensor: ModelTensor): number {
  const data = tensor.floats();
  const scheme = { type: 'int8', symmetric: true, granularity: { axis: 0 } } as const;
  const range = data.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const flat = { type: 'float32', dims: [1, data.length], data } as const;
  const params = chooseParams({ min: Float32Array.of(-range), max: Float32Array.of(range) }, scheme);
  const real = dequantize(quantize(flat, params)).data;
  // Every channel counts alike: it is the worst ones that fail.
  const channels = tensor.dims[0] as number;
  const length = data.length / channels;
  const each = Array.from({ length: channels }, (_, c) => {
    let [signal, noise] = [0, 0];
    for (let i = c * length; i < (c + 1) * length; i++) {
      signal += (data[i] as number) ** 2;
      noise += ((data[i] as number) - (real[i] as number)) ** 2;
    }
    return 10 * Math.log10(signal / noise);
  });
  return each.reduce((sum, one) => sum + one, 0) / channels;
}

describe.each(Object.entries(CASES))('%s', (_, graph) => {
  const model = microModel(graph);
  const equalized = equalize(model);

  it('gives the same', async () => {
    const feeds = wavesFor(graph.feeds);
    const [expected, actual] = [await runModel(model, feeds), await runModel(equalized.model, feeds)];
    expect(relativeError(expected.y!, actual.y!)).toBeLessThan(1e-6);
    expect(equalized.changes).toHaveLength(graph.pairs ?? 1);
  });

  it('balances the weights', () => {
    const spreadOf = (tensor: ModelTensor) => {
      const rows = tensor.dims[0] as number;
      const data = tensor.floats();
      const length = data.length / rows;
      const largest = Array.from({ length: rows }, (_, r) =>
        Math.max(...data.subarray(r * length, (r + 1) * length).map(Math.abs)),
      );
      return Math.max(...largest) / Math.min(...largest);
    };
    for (const name of graph.weights) {
      const [before, after] = [model, equalized.model].map((one) => one.graph.initializers.get(name) as ModelTensor);
      if (graph.nodes.some(({ opType, inputs }) => opType === 'Conv' && inputs[1] === name)) {
        expect(spreadOf(after!)).toBeLessThan(spreadOf(before!) / 8);
        expect(sqnr(after!)).toBeGreaterThan(sqnr(before!) + 10);
      } else expect(after!.floats()).not.toEqual(before!.floats());
    }
  });

  it('gives tensors with other values other names', async () => {
    const names = (one: typeof model) => one.graph.nodes.flatMap(({ outputs }) => outputs);
    const kept = names(equalized.model).filter((name) => names(model).includes(name));
    const withOutputs = (one: typeof model) => {
      const copy = one.clone();
      copy.graph.outputs = kept.map((name) => value(name));
      return copy;
    };
    const feeds = wavesFor(graph.feeds);
    const [expected, actual] = [
      await runModel(withOutputs(model), feeds),
      await runModel(withOutputs(equalized.model), feeds),
    ];
    for (const name of kept) expect(relativeError(expected[name]!, actual[name]!)).toBeLessThan(1e-6);
  });
});

describe('leaves alone', () => {
  const conv = { w: uneven([8, 3, 1, 1]), b: bias, v: noisy([4, 8, 1, 1], 4) };
  it.each([
    [
      'what a curved function lies between',
      [node('Conv x,w,b -> c'), node('Sigmoid c -> r'), node('Conv r,v -> y')],
      ['y'],
    ],
    ['what others read', [node('Conv x,w,b -> c'), node('Conv c,v -> y'), node('Relu c -> z')], ['y', 'z']],
    ['an output in between', [node('Conv x,w,b -> c'), node('Conv c,v -> y')], ['c', 'y']],
    ['shared weights', [node('Conv x,w,b -> c'), node('Conv c,s -> d'), node('Conv d,s -> y')], ['y']],
    ['a clip', [node('Conv x,w,b -> c'), node('Clip c,low,high -> r'), node('Conv r,v -> y')], ['y']],
  ] as const)('%s', (_, nodes, outputs) => {
    const constants = {
      ...conv,
      low: floats([], [0]),
      high: floats([], [6]),
      s: noisy([8, 8, 1, 1], 6),
      unused: ints([1]),
    };
    expect(equalize(microModel({ ...picture, nodes, outputs, constants })).changes).toEqual([]);
  });
});

it('scales the statistics of what it scales', () => {
  const { nodes, constants, inputs } = CASES['Conv, Relu, MaxPool, Conv']!;
  const model = microModel({ nodes, inputs, constants: constants ?? {} });
  const statistics = new Map([['c', { mean: new Float32Array(8).fill(2), std: new Float32Array(8).fill(1) }]]);
  const result = equalize(model, { statistics });
  const { mean, std } = result.statistics.get('c_equalized')!;
  const ratio = (c: number) =>
    (constants!.w!.floats()[c * 27] as number) / (result.model.graph.initializers.get('w')!.floats()[c * 27] as number);
  mean.forEach((one, c) => {
    expect(one * ratio(c)).toBeCloseTo(2, 4);
    expect(one / std[c]!).toBeCloseTo(2, 5);
  });
});
