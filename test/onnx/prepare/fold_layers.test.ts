// What follows a layer goes into it, where the results stay the same.
import { describe, expect, it } from 'vitest';
import { prepare } from '../../../lib/onnx/prepare';
import {
  floats,
  ints,
  type MicroGraph,
  microModel,
  node,
  opTypes,
  random,
  relativeError,
  runModel,
  value,
  wavesFor,
} from '../micro_graph';

interface Case extends MicroGraph {
  readonly feeds: Readonly<Record<string, readonly number[]>>;
  /** Operators that are left. */
  readonly left: readonly string[];
}

const positive = (length: number) =>
  floats(
    [length],
    random([length], 9)
      .floats()
      .map((x) => x * x + 0.5),
  );
const batchNorm = (channels: number) => ({
  gamma: random([channels], 3),
  beta: random([channels], 4),
  mean: random([channels], 5),
  var: positive(channels),
});
const BN = 'gamma,beta,mean,var';
const picture = [value('x', ['N', 3, 8, 8])];
const pictureFeeds = { x: [2, 3, 8, 8] };
const conv = { w: random([4, 3, 3, 3]), b: random([4], 2) };
const matrix = [value('x', ['N', 6])];
const matrixFeeds = { x: [3, 6] };
const tokens = [value('x', ['N', 5, 6])];

const FOLDED: Readonly<Record<string, Case>> = {
  'Conv, BatchNormalization': {
    nodes: [node('Conv x,w,b -> c'), node(`BatchNormalization c,${BN} -> y`)],
    inputs: picture,
    constants: { ...conv, ...batchNorm(4) },
    feeds: pictureFeeds,
    left: ['Conv'],
  },
  'Conv without bias, BatchNormalization': {
    nodes: [node('Conv x,w -> c', { pads: [1, 1, 1, 1] }), node(`BatchNormalization c,${BN} -> y`)],
    inputs: picture,
    constants: { ...conv, ...batchNorm(4) },
    feeds: pictureFeeds,
    left: ['Conv'],
  },
  'Conv, Add, BatchNormalization, Relu, of opset 7': {
    nodes: [node('Conv x,w -> c'), node('Add c,a -> d'), node(`BatchNormalization d,${BN} -> e`), node('Relu e -> y')],
    inputs: picture,
    constants: { ...conv, a: random([4, 1, 1], 7), ...batchNorm(4) },
    feeds: pictureFeeds,
    opset: 7,
    left: ['Conv', 'Relu'],
  },
  'grouped ConvTranspose, BatchNormalization': {
    nodes: [node('ConvTranspose x,w -> c', { group: 2, strides: [2, 2] }), node(`BatchNormalization c,${BN} -> y`)],
    inputs: [value('x', ['N', 4, 5, 5])],
    constants: { w: random([4, 3, 3, 3]), ...batchNorm(6) },
    feeds: { x: [1, 4, 5, 5] },
    left: ['ConvTranspose'],
  },
  'depthwise Conv, Mul, Add per channel': {
    nodes: [node('Conv x,w -> c', { group: 3 }), node('Mul s,c -> m'), node('Add m,a -> y')],
    inputs: picture,
    constants: { w: random([3, 1, 3, 3]), s: random([1, 3, 1, 1], 4), a: random([3, 1, 1], 5) },
    feeds: pictureFeeds,
    left: ['Conv'],
  },
  'Conv, Div, Sub both ways round': {
    nodes: [node('Conv x,w,b -> c'), node('Div c,two -> d'), node('Sub a,d -> e'), node('Sub e,two -> y')],
    inputs: picture,
    constants: { ...conv, two: floats([], [2]), a: random([4, 1, 1], 5) },
    feeds: pictureFeeds,
    left: ['Conv'],
  },
  'Conv, Squeeze, Add: the bias passes': {
    nodes: [node('Conv x,w -> c'), node('Squeeze c,axes -> s'), node('Add s,a -> y')],
    inputs: [value('x', ['N', 3, 8, 3])],
    constants: { w: random([4, 3, 1, 3]), axes: ints([3]), a: random([1, 4, 1], 5) },
    feeds: { x: [2, 3, 8, 3] },
    left: ['Conv', 'Squeeze'],
  },
  'Conv, Transpose, Mul: the scale passes': {
    nodes: [node('Conv x,w,b -> c'), node('Transpose c -> t', { perm: [0, 2, 3, 1] }), node('Mul t,s -> y')],
    inputs: picture,
    constants: { ...conv, s: random([4], 5) },
    feeds: pictureFeeds,
    left: ['Conv', 'Transpose'],
  },
  'MatMul, Add of rank 2': {
    nodes: [node('MatMul x,w -> m'), node('Add b,m -> y')],
    inputs: matrix,
    constants: { w: random([6, 4]), b: random([1, 4], 2) },
    feeds: matrixFeeds,
    left: ['Gemm'],
  },
  'MatMul, Add of rank 3': {
    nodes: [node('MatMul x,w -> m'), node('Add b,m -> y')],
    inputs: tokens,
    constants: { w: random([6, 4]), b: random([1, 1, 4], 2) },
    feeds: { x: [2, 5, 6] },
    left: ['MatMul', 'Add'],
  },
  'MatMul, Mul of rank 3': {
    nodes: [node('MatMul x,w -> m'), node('Mul m,s -> y')],
    inputs: tokens,
    constants: { w: random([6, 4]), s: random([4], 2) },
    feeds: { x: [2, 5, 6] },
    left: ['MatMul'],
  },
  'Gemm with factors, transB and a bias of one value': {
    nodes: [node('Gemm x,w,b -> g', { alpha: 0.5, beta: 2.5, transB: 1 }), node('Mul g,s -> y')],
    inputs: matrix,
    constants: { w: random([4, 6]), b: floats([1], [0.3]), s: random([4], 2) },
    feeds: matrixFeeds,
    left: ['Gemm'],
  },
  'MatMul, Add, BatchNormalization of rank 2': {
    nodes: [node('MatMul x,w -> m'), node('Add m,b -> c'), node(`BatchNormalization c,${BN} -> y`)],
    inputs: matrix,
    constants: { w: random([6, 4]), b: random([4], 2), ...batchNorm(4) },
    feeds: matrixFeeds,
    left: ['Gemm'],
  },
  'attention: the factor of the scores goes into a layer': {
    nodes: [
      node('MatMul x,w -> q'),
      node('Add q,b -> r'),
      node('Transpose r -> t', { perm: [0, 2, 1] }),
      node('MatMul x,v -> k'),
      node('MatMul k,t -> s'),
      node('Div s,root -> y'),
    ],
    inputs: tokens,
    constants: { w: random([6, 4]), b: random([4], 2), v: random([6, 4], 3), root: floats([1], [2.8]) },
    feeds: { x: [2, 5, 6] },
    left: ['MatMul', 'Add', 'Transpose', 'MatMul', 'MatMul'],
  },
  'Pad of zeros, Conv': {
    nodes: [node('Pad x,p -> z'), node('Conv z,w -> y', { pads: [1, 0, 1, 0] })],
    inputs: picture,
    constants: { ...conv, p: ints([0, 0, 1, 2, 0, 0, 0, 1]) },
    feeds: pictureFeeds,
    left: ['Conv'],
  },
  'Conv, MaxPool, Reshape, Relu: the activation moves up': {
    nodes: [
      node('Conv x,w,b -> c'),
      node('MaxPool c -> p', { kernel_shape: [2, 2], strides: [2, 2] }),
      node('Flatten p -> f'),
      node('Relu f -> y'),
    ],
    inputs: picture,
    constants: conv,
    feeds: pictureFeeds,
    left: ['Conv', 'Relu', 'MaxPool', 'Flatten'],
  },
};

describe.each(Object.entries(FOLDED))('%s', (_, graph) => {
  it('folds, and gives the same', async () => {
    const model = microModel(graph);
    const prepared = prepare(model);
    expect(opTypes(prepared.model)).toEqual(graph.left);
    expect(prepared.model.graph.outputs).toEqual(model.graph.outputs);
    const feeds = wavesFor(graph.feeds);
    const [expected, actual] = [await runModel(model, feeds), await runModel(prepared.model, feeds)];
    expect(relativeError(expected.y!, actual.y!)).toBeLessThan(1e-6);
    expect(actual.y!.dims).toEqual(expected.y!.dims);
  });
});

const KEPT: Readonly<Record<string, Case>> = {
  'BatchNormalization that learns from its batch': {
    nodes: [node('Conv x,w,b -> c'), node(`BatchNormalization c,${BN} -> y,m2,v2`, { training_mode: 1 })],
    inputs: picture,
    constants: { ...conv, ...batchNorm(4) },
    feeds: pictureFeeds,
    left: ['Conv', 'BatchNormalization'],
  },
  'an output in between': {
    nodes: [node('Conv x,w,b -> c'), node(`BatchNormalization c,${BN} -> y`)],
    inputs: picture,
    outputs: ['c', 'y'],
    constants: { ...conv, ...batchNorm(4) },
    feeds: pictureFeeds,
    left: ['Conv', 'BatchNormalization'],
  },
  'a second reader in between': {
    nodes: [node('Conv x,w,b -> c'), node('Mul c,s -> d'), node('Add d,c -> y')],
    inputs: picture,
    constants: { ...conv, s: random([4, 1, 1], 3) },
    feeds: pictureFeeds,
    left: ['Conv', 'Mul', 'Add'],
  },
  'a constant that varies along the picture': {
    nodes: [node('Conv x,w,b -> c'), node('Add c,a -> y')],
    inputs: picture,
    constants: { ...conv, a: random([4, 6, 6], 3) },
    feeds: pictureFeeds,
    left: ['Conv', 'Add'],
  },
  'a constant that widens the output': {
    nodes: [node('Conv x,w -> c'), node('Add c,a -> y')],
    inputs: picture,
    constants: { w: random([1, 3, 3, 3]), a: random([4, 1, 1], 3) },
    feeds: pictureFeeds,
    left: ['Conv', 'Add'],
  },
  'a Pad of ones': {
    nodes: [node('Pad x,p,one -> z'), node('Conv z,w -> y')],
    inputs: picture,
    constants: { ...conv, p: ints([0, 0, 1, 1, 0, 0, 1, 1]), one: floats([], [1]) },
    feeds: pictureFeeds,
    left: ['Pad', 'Conv'],
  },
  'a Pad of channels': {
    nodes: [node('Pad x,p -> z'), node('Conv z,w -> y')],
    inputs: [value('x', ['N', 2, 8, 8])],
    constants: { ...conv, p: ints([0, 1, 0, 0, 0, 0, 0, 0]) },
    feeds: { x: [1, 2, 8, 8] },
    left: ['Pad', 'Conv'],
  },
  'a factor of scores whose layers others read': {
    nodes: [
      node('MatMul x,w -> q'),
      node('Transpose q -> t', { perm: [0, 2, 1] }),
      node('MatMul q,t -> s'),
      node('Mul s,half -> y'),
    ],
    inputs: tokens,
    constants: { w: random([6, 4]), half: floats([], [0.5]) },
    feeds: { x: [2, 5, 6] },
    left: ['MatMul', 'Transpose', 'MatMul', 'Mul'],
  },
  'a bias of the batch': {
    nodes: [node('MatMul x,w -> m'), node('Add m,b -> y')],
    inputs: matrix,
    constants: { w: random([6, 4]), b: random([3, 4], 2) },
    feeds: matrixFeeds,
    left: ['MatMul', 'Add'],
  },
};

describe.each(Object.entries(KEPT))('%s', (_, graph) => {
  it('stays', async () => {
    const model = microModel(graph);
    const prepared = prepare(model);
    expect(opTypes(prepared.model)).toEqual(graph.left);
    const feeds = wavesFor(graph.feeds);
    const [expected, actual] = [await runModel(model, feeds), await runModel(prepared.model, feeds)];
    expect(relativeError(expected.y!, actual.y!)).toBeLessThan(1e-6);
  });
});

it('gives weights that two layers share their own copy', async () => {
  const model = microModel({
    nodes: [node('Conv x,w -> c'), node('Conv x,w -> d'), node('Mul c,s -> e'), node('Add d,e -> y')],
    inputs: picture,
    constants: { ...conv, s: random([4, 1, 1], 3) },
  });
  const prepared = prepare(model);
  expect(opTypes(prepared.model)).toEqual(['Conv', 'Conv', 'Add']);
  const feeds = wavesFor(pictureFeeds);
  const [expected, actual] = [await runModel(model, feeds), await runModel(prepared.model, feeds)];
  expect(relativeError(expected.y!, actual.y!)).toBeLessThan(1e-6);
});

it('keeps the statistics of normalizations', () => {
  const constants = { ...conv, ...batchNorm(4) };
  const model = microModel({
    nodes: [node('Conv x,w,b -> c'), node(`BatchNormalization c,${BN} -> y`)],
    inputs: picture,
    constants,
  });
  const { mean, std } = prepare(model).statistics.get('y')!;
  expect(mean).toEqual(constants.beta.floats());
  expect(std).toEqual(constants.gamma.floats().map(Math.abs));
});
