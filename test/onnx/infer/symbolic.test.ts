// Unknown dimensions keep their names where they are sure to stay what they are, and are unknown where they are not.
import { describe, expect, it } from 'vitest';
import { inferTypes } from '../../../lib/onnx/infer';
import type { Dim } from '../../../lib/onnx/model';
import { floats, ints, type MicroGraph, microModel, node, random, value } from '../micro_graph';

interface Case extends Partial<MicroGraph> {
  readonly nodes: MicroGraph['nodes'];
  /** Of y. */
  readonly dims: readonly Dim[] | undefined;
}

const inputs = [value('x', ['N', 3, 'H', 8]), value('z', ['M', 1, 1, 8]), value('u', [null, 3, 1, 1]), value('v')];

const CASES: Readonly<Record<string, Case>> = {
  'a name against 1': { nodes: [node('Add x,z -> y')], dims: [null, 3, 'H', 8] },
  'a name against a number': {
    nodes: [node('Add x,c -> y')],
    constants: { c: floats([5, 1, 1, 1], [1, 2, 3, 4, 5]) },
    dims: [5, 3, 'H', 8],
  },
  'an unknown against a number': {
    nodes: [node('Add u,c -> y')],
    constants: {
      c: floats(
        [5, 3, 1, 1],
        Array.from({ length: 15 }, () => 1),
      ),
    },
    dims: [5, 3, 1, 1],
  },
  'an unknown rank': { nodes: [node('Add x,v -> y')], dims: undefined },
  'a shape computed in parts': {
    nodes: [
      node('Shape x -> s'),
      node('Slice s,zero,one -> n'),
      node('Gather s,at -> w'),
      node('Mul w,three -> m'),
      node('Concat n,m -> t', { axis: 0 }),
      node('Reshape x,t -> y'),
    ],
    constants: { zero: ints([0]), one: ints([1]), at: ints([3]), three: ints([3]) },
    dims: ['N', 24],
  },
  'what a reshape leaves open': {
    nodes: [node('Reshape x,t -> y')],
    constants: { t: ints([0, -1, 4]) },
    dims: ['N', null, 4],
  },
  'a reshape that names cancel in': {
    nodes: [
      node('Shape x -> s'),
      node('Gather s,two -> h'),
      node('Concat h,rest -> t', { axis: 0 }),
      node('Reshape x,t -> y'),
    ],
    constants: { two: ints([2]), rest: ints([24, -1]) },
    dims: ['H', 24, 'N'],
  },
  'a slice of an unknown length': {
    nodes: [node('Slice x,from,to,axes,steps -> y')],
    constants: { from: ints([1, -1]), to: ints([2 ** 40, -9]), axes: ints([2, -1]), steps: ints([1, -3]) },
    dims: ['N', 3, null, 3],
  },
  'a convolution that keeps the size': {
    nodes: [node('Conv x,w -> y', { pads: [1, 1, 1, 1] })],
    constants: { w: random([5, 3, 3, 3]) },
    dims: ['N', 5, 'H', 8],
  },
  'a convolution that does not': {
    nodes: [node('Conv x,w -> y', { strides: [2, 2] })],
    constants: { w: random([5, 3, 3, 3]) },
    dims: ['N', 5, null, 3],
  },
  'a pool that rounds up': {
    nodes: [node('MaxPool x -> y', { kernel_shape: [1, 3], strides: [1, 2], ceil_mode: 1 })],
    dims: ['N', 3, 'H', 4],
  },
  'axes as an attribute': {
    nodes: [node('Unsqueeze z -> a', { axes: [0] }), node('Squeeze a -> y', { axes: [2, 3] })],
    opset: 11,
    dims: [1, 'M', 8],
  },
  'a squeeze of whatever is 1': { nodes: [node('Squeeze z -> y')], dims: undefined },
  'a split': { nodes: [node('Split x -> a,b,y', { axis: 3, num_outputs: 3 })], opset: 18, dims: ['N', 3, 'H', 2] },
  'an expansion': {
    nodes: [node('Expand z,t -> y')],
    constants: { t: ints([4, 1, 8]) },
    dims: ['M', 4, 1, 8],
  },
  'a reduction': {
    nodes: [node('ReduceMean x,a -> y', { keepdims: 0 })],
    constants: { a: ints([-1, 1]) },
    opset: 18,
    dims: ['N', 'H'],
  },
};

describe.each(Object.entries(CASES))('%s', (_, { dims, ...graph }) => {
  it('is known as far as it is sure', () => {
    const types = inferTypes(microModel({ inputs, ...graph }));
    expect(types.get('y')).toEqual({ kind: 'tensor', elementType: 'float32', dims });
  });
});

it('takes the dims that are fed, names included', () => {
  const model = microModel({ inputs, nodes: [node('Add x,z -> y')] });
  expect(inferTypes(model, { x: [2, 3, 4, 8], z: [1, 1, 1, 8] }).get('y')).toMatchObject({ dims: [2, 3, 4, 8] });
  expect(inferTypes(model, { x: [2, 3, 4, 8] }).get('y')).toMatchObject({ dims: [2, 3, 4, 8] });
  expect(() => inferTypes(model, { x: [2, 3] })).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
});

it('takes the file at its word for operators that it does not know', () => {
  const model = microModel({ inputs, nodes: [node('Strange x -> a'), node('Relu a -> y')] });
  model.graph.valueInfo.set('a', value('a', ['N', 7]));
  expect(inferTypes(model).get('y')).toMatchObject({ dims: ['N', 7] });
  expect(inferTypes(model, { x: [1, 3, 1, 8] }).get('y')).toMatchObject({ elementType: 'float32', dims: undefined });
});
