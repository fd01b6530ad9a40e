import { describe, expect, it } from 'vitest';
import { Node } from '../../../lib/onnx';
import type { Model } from '../../../lib/onnx/model';
import { foldInputNormalization, type InputNormalization } from '../../../lib/onnx/prepare';
import {
  floats,
  type MicroGraph,
  microModel,
  node,
  opTypes,
  random,
  relativeError,
  runModel,
  value,
} from '../micro_graph';

const IMAGENET: InputNormalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], scale: 1 / 255 };
const SAME: InputNormalization = { mean: 0.5, std: 0.25, scale: 1 / 255 };
const picture = [value('x', ['N', 3, 6, 6])];
const w = random([4, 3, 3, 3]);
const b = random([4], 2);
const pads = [1, 0, 1, 2];

interface Case extends MicroGraph {
  readonly normalization: InputNormalization;
  readonly dims: readonly number[];
  /** The axis of the channels. */
  readonly axis: number;
  readonly left: readonly string[];
}

const square = { inputs: picture, constants: { w, b }, dims: [2, 3, 6, 6], axis: 1 };
const CASES: Readonly<Record<string, Case>> = {
  'Conv without pads': { ...square, normalization: IMAGENET, nodes: [node('Conv x,w,b -> y')], left: ['Conv'] },
  'Conv without bias': { ...square, normalization: IMAGENET, nodes: [node('Conv x,w -> y')], left: ['Conv'] },
  'Conv with pads, one mean': {
    ...square,
    normalization: SAME,
    nodes: [node('Conv x,w,b -> y', { pads })],
    left: ['Conv', 'Concat', 'Conv'],
  },
  'Conv with pads, a mean for each channel': {
    ...square,
    normalization: IMAGENET,
    nodes: [node('Conv x,w,b -> y', { pads })],
    left: ['Conv', 'Concat', 'Conv'],
  },
  'Conv with pads, opset 9': {
    ...square,
    normalization: IMAGENET,
    opset: 9,
    nodes: [node('Conv x,w,b -> y', { pads })],
    left: ['Conv', 'Concat', 'Conv'],
  },
  'Conv with pads and groups, one mean': {
    ...square,
    normalization: SAME,
    nodes: [node('Conv x,w -> y', { group: 3, pads })],
    constants: { w: random([3, 1, 3, 3]) },
    left: ['Pad', 'Conv'],
  },
  'Conv with pads and groups, one mean, opset 9': {
    ...square,
    normalization: SAME,
    nodes: [node('Conv x,w -> y', { group: 3, pads })],
    constants: { w: random([3, 1, 3, 3]) },
    opset: 9,
    left: ['Pad', 'Conv'],
  },
  'Conv with SAME_UPPER': {
    ...square,
    normalization: SAME,
    nodes: [node('Conv x,w -> y', { auto_pad: 'SAME_UPPER', strides: [2, 2] })],
    left: ['Conv', 'Concat', 'Conv'],
  },
  'Conv with pads, no mean': {
    ...square,
    normalization: { mean: 0, std: [0.2, 0.3, 0.4] },
    nodes: [node('Conv x,w,b -> y', { pads })],
    left: ['Conv'],
  },
  'two layers': {
    ...square,
    normalization: IMAGENET,
    nodes: [node('Conv x,w -> a', { pads: [1, 1, 1, 1] }), node('Conv x,v -> c'), node('Add a,c -> y')],
    constants: { w, v: random([4, 3, 1, 1], 5) },
    left: ['Conv', 'Concat', 'Conv', 'Conv', 'Add'],
  },
  'NHWC, transposed': {
    normalization: IMAGENET,
    nodes: [node('Transpose x -> t', { perm: [0, 3, 1, 2] }), node('Conv t,w,b -> y', { pads })],
    inputs: [value('x', ['N', 6, 6, 3])],
    constants: { w, b },
    dims: [2, 6, 6, 3],
    axis: 3,
    left: ['Transpose', 'Conv', 'Concat', 'Conv'],
  },
  'NHWC, transposed twice': {
    normalization: { ...IMAGENET, layout: 'nhwc' },
    nodes: [
      node('Transpose x -> s', { perm: [3, 0, 1, 2] }),
      node('Transpose s -> t', { perm: [1, 0, 2, 3] }),
      node('Conv t,w,b -> y'),
    ],
    inputs: [value('x', ['N', 6, 6, 3])],
    constants: { w, b },
    dims: [2, 6, 6, 3],
    axis: 3,
    left: ['Transpose', 'Transpose', 'Conv'],
  },
  'MatMul and Add': {
    normalization: { mean: [1, 2, 3], std: [1, 2, 4] },
    nodes: [node('MatMul x,w -> m'), node('Add m,b -> y')],
    inputs: [value('x', ['N', 3])],
    constants: { w: random([3, 4]), b },
    dims: [5, 3],
    axis: 1,
    left: ['Gemm'],
  },
};

/** The model behind the normalization as nodes of its own. */
function withNormalization(model: Model, { mean, std, scale = 1 }: InputNormalization, axis: number): Model {
  const copy = model.clone();
  const rank = (copy.graph.inputs[0]!.type as unknown as { dims: unknown[] }).dims.length;
  const enter = (name: string, values: number | readonly number[]) => {
    const all = typeof values === 'number' ? [values, values, values] : values;
    const dims = Array.from({ length: rank }, (_, i) => (i === axis ? all.length : 1));
    copy.graph.initializers.set(name, floats(dims, all));
  };
  enter('scale_', scale);
  enter('mean_', mean);
  enter('std_', std);
  for (const one of copy.graph.nodes) one.inputs = one.inputs.map((name) => (name === 'x' ? 'normalized' : name));
  copy.graph.nodes.unshift(
    new Node({ opType: 'Mul', inputs: ['x', 'scale_'], outputs: ['scaled'] }),
    new Node({ opType: 'Sub', inputs: ['scaled', 'mean_'], outputs: ['centred'] }),
    new Node({ opType: 'Div', inputs: ['centred', 'std_'], outputs: ['normalized'] }),
  );
  return copy;
}

describe.each(Object.entries(CASES))('%s', (_, graph) => {
  it('takes pixels, and gives what the normalized ones gave', async () => {
    const model = microModel(graph);
    const folded = foldInputNormalization(model, graph.normalization);
    expect(opTypes(folded)).toEqual(graph.left);
    const data = random(graph.dims, 3)
      .floats()
      .map((x) => Math.round(127.5 + 127 * x));
    const feeds = { x: { type: 'float32', dims: graph.dims, data } } as const;
    const expected = await runModel(withNormalization(model, graph.normalization, graph.axis), feeds);
    const actual = await runModel(folded, feeds);
    expect(relativeError(expected.y!, actual.y!)).toBeLessThan(3e-6);
  });
});

describe('refuses', () => {
  const fold = (graph: MicroGraph, normalization: InputNormalization) => () =>
    foldInputNormalization(microModel(graph), normalization);
  const conv = { ...square, nodes: [node('Conv x,w,b -> y')] };

  it.each([
    ['inputs that go elsewhere', fold({ ...square, nodes: [node('Relu x -> y')] }, SAME), 'ERR_UNSUPPORTED', /Relu/],
    ['a layout that the model has not', fold(conv, { ...IMAGENET, layout: 'nhwc' }), 'ERR_SHAPE', /axis 1/],
    ['as many means as there are no channels', fold(conv, { ...SAME, mean: [1, 2] }), 'ERR_SHAPE', /mean .* 3/],
    ['a deviation of 0', fold(conv, { ...SAME, std: 0 }), 'ERR_RANGE', /std/],
    ['an input that is not there', fold(conv, { ...SAME, input: 'z' }), 'ERR_RANGE', /'z'.*'x'/],
    [
      'groups that pad',
      fold(
        { ...square, nodes: [node('Conv x,w -> y', { group: 3, pads })], constants: { w: random([3, 1, 3, 3]) } },
        IMAGENET,
      ),
      'ERR_UNSUPPORTED',
      /groups/,
    ],
  ] as const)('%s', (_, call, code, message) => {
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});
