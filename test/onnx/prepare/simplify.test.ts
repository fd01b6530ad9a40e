// Nodes that are not needed go, and what is spelled out gets its name.
import { describe, expect, it } from 'vitest';
import { attribute, type ModelTensor } from '../../../lib/onnx';
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
  readonly left: readonly string[];
}

const x = [value('x', ['N', 4, 6])];
const feeds = { x: [2, 4, 6] };
const tensor = (t: ModelTensor) => attribute.tensor(t);
const scalars = {
  one: floats([], [1]),
  two: floats([], [2]),
  half: floats([], [0.5]),
  eps: floats([1], [1e-5]),
  root2: floats([], [Math.SQRT2]),
  cubic: floats([], [0.044715]),
  k: floats([], [Math.sqrt(2 / Math.PI)]),
  three: floats([], [3]),
};
const norm = { ...scalars, g: random([6], 3), h: random([1, 1, 6], 4) };

const CASES: Readonly<Record<string, Case>> = {
  'Identity, Dropout, Cast and a Transpose of nothing': {
    nodes: [
      node('Identity x -> a'),
      node('Dropout a,r -> b'),
      node('Cast b -> c', { to: 1 }),
      node('Transpose c -> d', { perm: [0, 1, 2] }),
      node('Relu d -> y'),
    ],
    inputs: x,
    constants: { r: floats([], [0.5]) },
    feeds,
    left: ['Relu'],
  },
  'Slice, Reshape and Expand that keep the shape': {
    nodes: [
      node('Slice x,zero,end,zero -> a'),
      node('Shape a -> s'),
      node('Reshape a,s -> b'),
      node('Expand b,s -> c'),
      node('Relu c -> y'),
    ],
    inputs: x,
    constants: { zero: ints([0]), end: ints([2 ** 40]) },
    feeds,
    left: ['Relu'],
  },
  'Slice that takes less': {
    nodes: [node('Slice x,zero,end,axis -> a'), node('Relu a -> y')],
    inputs: x,
    constants: { zero: ints([0]), end: ints([3]), axis: ints([1]) },
    feeds,
    left: ['Slice', 'Relu'],
  },
  'sums and products with nothing': {
    nodes: [node('Add x,zero -> a'), node('Mul one,a -> b'), node('Div b,one -> c'), node('Sub zero,c -> y')],
    inputs: x,
    constants: { ...scalars, zero: floats([6], [0, 0, 0, 0, 0, 0]) },
    feeds,
    left: ['Sub'],
  },
  'a product with ones that widens': {
    nodes: [node('Mul x,ones -> y')],
    inputs: [value('x', ['N', 1, 6])],
    constants: { ones: floats([1, 4, 1], [1, 1, 1, 1]) },
    feeds: { x: [2, 1, 6] },
    left: ['Mul'],
  },
  'constants, and what is computed of them': {
    nodes: [
      node('Constant -> a', { value: tensor(random([6, 3])) }),
      node('Constant -> s', { value_ints: [3, 6] }),
      node('Reshape a,s -> b'),
      node('Transpose b -> w', { perm: [1, 0] }),
      node('MatMul x,w -> y'),
    ],
    inputs: x,
    feeds,
    left: ['MatMul'],
  },
  'a shape that the batch is part of': {
    nodes: [
      node('Shape x -> s'),
      node('Gather s,zero -> n'),
      node('Concat n,rest -> t', { axis: 0 }),
      node('Reshape x,t -> r'),
      node('Expand r,wide -> y'),
    ],
    inputs: x,
    constants: { zero: ints([0]), rest: ints([24, 1]), wide: ints([1, 1, 2]) },
    feeds,
    left: ['Reshape', 'Expand'],
  },
  'a large result': {
    nodes: [node('Expand one,s -> a'), node('ReduceSum a -> b', { keepdims: 0 }), node('Add x,b -> y')],
    inputs: x,
    constants: { one: floats([1], [1]), s: ints([1000, 1000]) },
    feeds,
    left: ['Expand', 'ReduceSum', 'Add'],
  },
  'layer normalization': {
    nodes: [
      node('ReduceMean x -> m', { axes: [-1] }),
      node('Sub x,m -> d'),
      node('Pow d,two -> p'),
      node('ReduceMean p -> v', { axes: [2] }),
      node('Add v,eps -> e'),
      node('Sqrt e -> s'),
      node('Div d,s -> n'),
      node('Mul n,g -> o'),
      node('Add h,o -> y'),
    ],
    inputs: x,
    constants: norm,
    feeds,
    left: ['LayerNormalization'],
  },
  'normalization along another axis': {
    nodes: [
      node('ReduceMean x -> m', { axes: [1] }),
      node('Sub x,m -> d'),
      node('Mul d,d -> p'),
      node('ReduceMean p -> v', { axes: [1] }),
      node('Add v,eps -> e'),
      node('Sqrt e -> s'),
      node('Div d,s -> n'),
      node('Mul n,g -> y'),
    ],
    inputs: x,
    constants: norm,
    feeds,
    left: ['ReduceMean', 'Sub', 'Mul', 'ReduceMean', 'Add', 'Sqrt', 'Div', 'Mul'],
  },
  'GELU with the error function': {
    nodes: [
      node('Div x,root2 -> a'),
      node('Erf a -> b'),
      node('Add b,one -> c'),
      node('Mul x,c -> d'),
      node('Mul d,half -> y'),
    ],
    inputs: x,
    constants: scalars,
    feeds,
    opset: 20,
    left: ['Gelu'],
  },
  'GELU with the hyperbolic tangent': {
    nodes: [
      node('Pow x,three -> a'),
      node('Mul a,cubic -> b'),
      node('Add x,b -> d'),
      node('Mul d,k -> e'),
      node('Tanh e -> f'),
      node('Add one,f -> g'),
      node('Mul x,half -> h'),
      node('Mul h,g -> y'),
    ],
    inputs: x,
    constants: scalars,
    feeds,
    opset: 20,
    left: ['Gelu'],
  },
  'GELU before there was one': {
    nodes: [
      node('Div x,root2 -> a'),
      node('Erf a -> b'),
      node('Add b,one -> c'),
      node('Mul x,c -> d'),
      node('Mul d,half -> y'),
    ],
    inputs: x,
    constants: scalars,
    feeds,
    left: ['Div', 'Erf', 'Add', 'Mul', 'Mul'],
  },
  'something like GELU': {
    nodes: [
      node('Div x,two -> a'),
      node('Erf a -> b'),
      node('Add b,one -> c'),
      node('Mul x,c -> d'),
      node('Mul d,half -> y'),
    ],
    inputs: x,
    constants: scalars,
    feeds,
    opset: 20,
    left: ['Div', 'Erf', 'Add', 'Mul', 'Mul'],
  },
};

describe.each(Object.entries(CASES))('%s', (_, graph) => {
  it('becomes what it should, and gives the same', async () => {
    const model = microModel(graph);
    const prepared = prepare(model);
    expect(opTypes(prepared.model)).toEqual(graph.left);
    const inputs = wavesFor(graph.feeds);
    const [expected, actual] = [await runModel(model, inputs), await runModel(prepared.model, inputs)];
    expect(relativeError(expected.y!, actual.y!)).toBeLessThan(1e-6);
    expect(actual.y!.dims).toEqual(expected.y!.dims);
  });
});

it('removes what nothing needs, and keeps equal constants once', async () => {
  const constants = { a: random([6]), b: random([6]), c: random([6], 2), unused: random([6], 3) };
  const nodes = [node('Add x,a -> p'), node('Mul p,b -> q'), node('Sub q,c -> y'), node('Relu p -> dead')];
  const source = microModel({ nodes, inputs: x, constants });
  const { model } = prepare(source);
  const inputs = wavesFor(feeds);
  expect((await runModel(model, inputs)).y!.data).toEqual((await runModel(source, inputs)).y!.data);
  expect(opTypes(model)).toEqual(['Add', 'Mul', 'Sub']);
  expect([...model.graph.initializers.keys()]).toEqual(['a', 'c']);
  expect(model.graph.nodes.map(({ name }) => name)).toEqual(['p', 'q', 'y']);
});

it('keeps an input that is an output, and outputs that are the same', async () => {
  const nodes = [node('Relu x -> a'), node('Identity a -> y'), node('Identity a -> z'), node('Identity x -> w')];
  const source = microModel({ nodes, inputs: x, outputs: ['y', 'z', 'w'] });
  const { model } = prepare(source);
  const inputs = wavesFor(feeds);
  const [expected, actual] = [await runModel(source, inputs), await runModel(model, inputs)];
  for (const name of ['y', 'z', 'w']) expect(actual[name]!.data).toEqual(expected[name]!.data);
});

it('takes graphs of many thousand nodes in a row', () => {
  const length = 20_000;
  const names = Array.from({ length }, (_, i) => `t${i}`);
  const rows = names.map((name, i) => node(`Transpose ${i === 0 ? 'm' : names[i - 1]} -> ${name}`));
  const nodes = [
    node('MatMul x,w -> m'),
    ...rows,
    node(`Mul ${names.at(-1)},two -> s`),
    node('MatMul s,s -> p'),
    node('Mul p,two -> y'),
  ];
  const constants = { w: random([6, 6]), two: floats([], [2]) };
  const { model } = prepare(microModel({ nodes, inputs: [value('x', [6, 6])], constants }));
  expect(model.graph.nodes).toHaveLength(nodes.length);
});
