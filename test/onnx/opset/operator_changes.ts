// One node each whose operator changed after its opset, with what it needs to run.
import { attribute, type ElementType, type ModelTensor, type NodeParts } from '../../../lib/onnx/model';
import { floats, ints } from '../small_models';

export interface Case {
  readonly node: Omit<NodeParts, 'outputs'> & { readonly outputs?: readonly string[] };
  readonly opset: number;
  readonly dims?: readonly number[];
  /** Does the graph state the input's shape? */
  readonly stated?: boolean;
  readonly constants?: Record<string, ModelTensor>;
  readonly outputTypes?: readonly ElementType[];
  /** Whether the operator's node changes, or not at all. */
  readonly same?: boolean;
  /** Where onnxruntime has no kernel for 22, or one that adds in another order. */
  readonly to?: number;
}

const x = { inputs: ['x'] };
export const axesOf = (...axes: number[]) => ({ axes: attribute.ints(axes) });
export const CASES: [string, Case][] = [
  [
    'Softmax over the last axis',
    { node: { opType: 'Softmax', ...x, attributes: { axis: attribute.int(2) } }, opset: 8 },
  ],
  ['Softmax by default', { node: { opType: 'Softmax', ...x }, opset: 12 }],
  ['Softmax over two dims', { node: { opType: 'Softmax', ...x, attributes: { axis: attribute.int(1) } }, opset: 7 }],
  ['Softmax over all dims', { node: { opType: 'Softmax', ...x, attributes: { axis: attribute.int(0) } }, opset: 11 }],
  ['Softmax from behind', { node: { opType: 'Softmax', ...x, attributes: { axis: attribute.int(-2) } }, opset: 11 }],
  ['Softmax before dims of 1', { node: { opType: 'Softmax', ...x }, opset: 9, dims: [2, 5, 1, 1] }],
  ['Softmax of what no shape is known of', { node: { opType: 'Softmax', ...x }, opset: 9, stated: false }],
  ['LogSoftmax', { node: { opType: 'LogSoftmax', ...x }, opset: 9 }],
  ['Hardmax', { node: { opType: 'Hardmax', ...x }, opset: 11 }],
  [
    'Clip',
    { node: { opType: 'Clip', ...x, attributes: { min: attribute.float(-0.5), max: attribute.float(1) } }, opset: 8 },
  ],
  ['Clip from below', { node: { opType: 'Clip', ...x, attributes: { min: attribute.float(0.25) } }, opset: 7 }],
  ['Clip from above', { node: { opType: 'Clip', ...x, attributes: { max: attribute.float(0.25) } }, opset: 10 }],
  ['Clip by nothing', { node: { opType: 'Clip', ...x }, opset: 10 }],
  [
    'Pad',
    {
      node: {
        opType: 'Pad',
        ...x,
        attributes: { pads: attribute.ints([0, 1, 2, 0, 0, 1]), value: attribute.float(9) },
      },
      opset: 9,
    },
  ],
  [
    'Pad by zeros',
    { node: { opType: 'Pad', ...x, attributes: { pads: attribute.ints([0, 1, 2, 0, 0, 1]) } }, opset: 7 },
  ],
  [
    'Pad by reflection',
    {
      node: {
        opType: 'Pad',
        ...x,
        attributes: { pads: attribute.ints([0, 0, 2, 0, 0, 1]), mode: attribute.string('reflect') },
      },
      opset: 10,
    },
  ],
  [
    'Slice',
    {
      node: {
        opType: 'Slice',
        ...x,
        attributes: { ...axesOf(1, 2), starts: attribute.ints([1, -3]), ends: attribute.ints([3, 2 ** 31 - 1]) },
      },
      opset: 9,
    },
  ],
  [
    'Slice without axes',
    {
      node: { opType: 'Slice', ...x, attributes: { starts: attribute.ints([0, 1]), ends: attribute.ints([1, 2]) } },
      opset: 7,
    },
  ],
  [
    'Split',
    {
      node: {
        opType: 'Split',
        ...x,
        outputs: ['a', 'b'],
        attributes: { axis: attribute.int(2), split: attribute.ints([1, 3]) },
      },
      opset: 8,
    },
  ],
  [
    'Split in equal parts',
    { node: { opType: 'Split', ...x, outputs: ['a', 'b'], attributes: { axis: attribute.int(2) } }, opset: 11 },
  ],
  [
    'Split in equal parts of opset 13',
    {
      node: { opType: 'Split', inputs: ['x', ''], outputs: ['a', 'b', 'c'], attributes: { axis: attribute.int(1) } },
      opset: 13,
    },
  ],
  ['Squeeze', { node: { opType: 'Squeeze', ...x, attributes: axesOf(1) }, opset: 8, dims: [2, 1, 1] }],
  ['Squeeze of all', { node: { opType: 'Squeeze', ...x }, opset: 12, dims: [2, 1, 1] }],
  ['Unsqueeze', { node: { opType: 'Unsqueeze', ...x, attributes: axesOf(0, 3) }, opset: 11 }],
  [
    'TopK',
    {
      node: { opType: 'TopK', ...x, outputs: ['v', 'i'], attributes: { k: attribute.int(2) } },
      opset: 9,
      outputTypes: ['float32', 'int64'],
    },
  ],
  ['Dropout', { node: { opType: 'Dropout', ...x, attributes: { ratio: attribute.float(0.9) } }, opset: 7 }],
  ...(['Sum', 'Mean', 'Max', 'L2', 'SumSquare', 'LogSumExp', 'Prod'] as const).map((name): [string, Case] => [
    `Reduce${name}`,
    {
      node: {
        opType: `Reduce${name}`,
        ...x,
        attributes: { ...axesOf(0, 2), keepdims: attribute.int(name === 'Sum' ? 0 : 1) },
      },
      opset: 8,
    },
  ]),
  ['ReduceMin of all', { node: { opType: 'ReduceMin', ...x }, opset: 12 }],
  [
    'Upsample, nearest',
    {
      node: { opType: 'Upsample', ...x, attributes: { scales: attribute.floats([1, 1, 2, 2.5]) } },
      opset: 7,
      dims: [1, 2, 3, 4],
    },
  ],
  [
    'Upsample, linear',
    {
      node: { opType: 'Upsample', inputs: ['x', 's'], attributes: { mode: attribute.string('linear') } },
      opset: 9,
      dims: [1, 1, 3, 4],
      constants: { s: floats([4], [1, 1, 2, 3]) },
    },
  ],
  [
    'Resize, enlarged',
    {
      node: { opType: 'Resize', inputs: ['x', 's'] },
      opset: 10,
      dims: [1, 1, 3, 5],
      constants: { s: floats([4], [1, 1, 1.7, 2.3]) },
    },
  ],
  [
    'Resize, reduced',
    {
      node: { opType: 'Resize', inputs: ['x', 's'] },
      opset: 10,
      dims: [1, 1, 9, 8],
      constants: { s: floats([4], [1, 1, 0.4, 0.6]) },
    },
  ],
  [
    'Resize, linear',
    {
      node: { opType: 'Resize', inputs: ['x', 's'], attributes: { mode: attribute.string('linear') } },
      opset: 10,
      dims: [1, 1, 9, 8],
      constants: { s: floats([4], [1, 1, 0.4, 2]) },
    },
  ],
  [
    'Resize to sizes',
    {
      node: { opType: 'Resize', inputs: ['x', 'none', 'none', 'n'] },
      opset: 11,
      dims: [1, 1, 3, 4],
      constants: { none: floats([0], []), n: ints([1, 1, 6, 7]) },
    },
  ],
  [
    'BatchNormalization',
    {
      node: {
        opType: 'BatchNormalization',
        inputs: ['x', 's', 'b', 'm', 'v'],
        attributes: { spatial: attribute.int(1), epsilon: attribute.float(0.01) },
      },
      opset: 7,
      dims: [2, 2, 3, 1],
      constants: { s: floats([2], [1, 2]), b: floats([2], [3, 4]), m: floats([2], [0.5, 1]), v: floats([2], [2, 3]) },
    },
  ],
  [
    'RoiAlign',
    {
      to: 21,
      node: {
        opType: 'RoiAlign',
        inputs: ['x', 'rois', 'batch'],
        attributes: { output_height: attribute.int(2), output_width: attribute.int(2) },
      },
      opset: 10,
      dims: [1, 1, 6, 6],
      constants: { rois: floats([1, 4], [0.5, 1, 4, 5]), batch: ints([0]) },
    },
  ],
  [
    'GridSample',
    {
      node: { opType: 'GridSample', inputs: ['x', 'g'], attributes: { mode: attribute.string('bilinear') } },
      opset: 16,
      dims: [1, 1, 4, 4],
      constants: { g: floats([1, 2, 1, 2], [0.1, 0.2, -0.7, 0.9]) },
    },
  ],
  [
    'Scatter',
    {
      node: { opType: 'Scatter', inputs: ['x', 'i', 'u'] },
      opset: 9,
      dims: [3, 3],
      constants: { i: ints([0, 2, 1]).reshaped([1, 3]), u: floats([1, 3], [9, 8, 7]) },
    },
  ],
  ['DFT', { node: { opType: 'DFT', ...x, attributes: { axis: attribute.int(1) } }, opset: 17, dims: [1, 8, 1] }],
  [
    'DepthToSpace',
    {
      node: { opType: 'DepthToSpace', ...x, attributes: { blocksize: attribute.int(2) } },
      opset: 9,
      dims: [1, 8, 2, 2],
      same: true,
    },
  ],
  [
    'Reshape',
    { node: { opType: 'Reshape', inputs: ['x', 's'] }, opset: 7, constants: { s: ints([0, -1]) }, same: true },
  ],
  [
    'Gemm',
    {
      node: {
        opType: 'Gemm',
        inputs: ['x', 'w', 'b'],
        attributes: { transB: attribute.int(1), alpha: attribute.float(0.5) },
      },
      opset: 7,
      dims: [2, 3],
      constants: { w: floats([2, 3], [1, 2, 3, 4, 5, 6]), b: floats([2], [1, 2]) },
      same: true,
    },
  ],
  [
    'Add, broadcast',
    { node: { opType: 'Add', inputs: ['x', 'b'] }, opset: 7, constants: { b: floats([4], [1, 2, 3, 4]) }, same: true },
  ],
  [
    'AveragePool',
    {
      to: 18,
      node: {
        opType: 'AveragePool',
        ...x,
        attributes: { kernel_shape: attribute.ints([2, 2]), auto_pad: attribute.string('SAME_UPPER') },
      },
      opset: 7,
      dims: [1, 1, 5, 5],
      same: true,
    },
  ],
  [
    'MaxPool',
    {
      node: {
        opType: 'MaxPool',
        ...x,
        attributes: { kernel_shape: attribute.ints([3, 3]), pads: attribute.ints([1, 0, 1, 0]) },
      },
      opset: 7,
      dims: [1, 1, 5, 5],
      same: true,
    },
  ],
];
