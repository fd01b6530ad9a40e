// Products, convolutions, pools, normalizations, reductions and recurrent layers.
import { integers, type Row, values } from '../one_node';
import { ints, tensor } from '../values';

const image = values([2, 4, 7, 6]);
const conv = (x: number[], w: number[], attributes: Row['attributes'] = {}): Row => ({
  op: 'Conv',
  opsets: [11],
  inputs: [values(x), values(w, 2), values([w[0]!], 3)],
  attributes,
});
const transposed = (attributes: Row['attributes'] = {}): Row => ({
  op: 'ConvTranspose',
  opsets: [11],
  inputs: [values([2, 4, 3, 5]), values([4, 3, 3, 2], 2), values([3], 3)],
  attributes,
});
const pool = (op: string, opsets: readonly number[], attributes: Row['attributes']): Row => ({
  op,
  opsets,
  inputs: [image],
  attributes: { kernel_shape: [3, 2], ...attributes },
});
const gemm = (attributes: Row['attributes'], c: number[]): Row => ({
  op: 'Gemm',
  opsets: [7, 11, 13],
  inputs: [
    values(attributes?.transA === 1 ? [5, 3] : [3, 5]),
    values(attributes?.transB === 1 ? [4, 5] : [5, 4], 2),
    values(c, 3),
  ],
  attributes,
});
const matmul = (a: number[], b: number[]): Row => ({
  op: 'MatMul',
  opsets: [9, 13],
  inputs: [values(a), values(b, 2)],
});
const reduce = (op: string): Row[] => [
  { op, opsets: [11, 13], inputs: [positive], attributes: { axes: [-1, 0], keepdims: 0 } },
  { op, opsets: [13], inputs: [positive] },
  { op, opsets: [18], inputs: [positive, ints(1)] },
];
const positive = values([2, 3, 4], 1, 0.5);
positive.data.forEach((value, i) => {
  (positive.data as Float32Array)[i] = (value as number) + 1;
});
const recurrent = (op: string, gates: number, attributes: Row['attributes'] = {}, directions = 1): Row => ({
  op,
  opsets: [14],
  inputs: [
    values([4, 2, 3], 1, 1),
    values([directions, gates * 5, 3], 2, 0.7),
    values([directions, gates * 5, 5], 3, 0.7),
    values([directions, 2 * gates * 5], 4, 0.5),
    tensor([2], [4, 3], 'int32'),
    values([directions, 2, 5], 5, 1),
    ...(op === 'LSTM' ? [values([directions, 2, 5], 6, 1)] : []),
  ],
  attributes: { hidden_size: 5, ...attributes },
  outputs: op === 'LSTM' ? 3 : 2,
});

export const LAYERS: Row[] = [
  matmul([3], [3]),
  matmul([2, 3], [3]),
  matmul([3], [4, 3, 2]),
  matmul([2, 1, 5, 3], [4, 3, 2]),
  matmul([6, 5, 3], [3, 4]),
  matmul([2, 0], [0, 3]),
  { op: 'MatMul', opsets: [13], inputs: [integers('int32', [2, 3], [-9, 9]), integers('int32', [3, 2], [-9, 9], 2)] },
  gemm({}, [4]),
  gemm({ alpha: 0.5, beta: 0.25, transA: 1 }, [3, 1]),
  gemm({ transB: 1 }, [1]),
  gemm({ transA: 1, transB: 1 }, [3, 4]),
  { op: 'Gemm', opsets: [11], inputs: [values([2, 3]), values([3, 2], 2)] },
  {
    op: 'Einsum',
    opsets: [12],
    inputs: [values([2, 3, 4]), values([2, 4, 5], 2)],
    attributes: { equation: 'bij, bjk -> bik' },
  },
  { op: 'Einsum', opsets: [12], inputs: [values([3, 3])], attributes: { equation: 'ii->i' } },
  { op: 'Einsum', opsets: [12], inputs: [values([2, 3, 4])], attributes: { equation: '...ij->...ji' } },
  conv([2, 4, 7, 6], [6, 4, 3, 3]),
  conv([2, 4, 7, 6], [6, 4, 3, 2], { pads: [1, 0, 2, 1], strides: [2, 1], dilations: [1, 2] }),
  conv([2, 4, 7, 6], [8, 2, 3, 3], { group: 2, pads: [1, 1, 1, 1] }),
  conv([2, 4, 7, 6], [4, 1, 3, 3], { group: 4, auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  conv([2, 4, 7, 6], [4, 1, 2, 2], { group: 4, auto_pad: 'SAME_LOWER' }),
  conv([1, 4, 5, 5], [3, 4, 1, 1], { auto_pad: 'VALID' }),
  // more than is computed at once
  conv([1, 8, 150, 160], [4, 8, 3, 3], { pads: [1, 1, 1, 1] }),
  conv([2, 3, 40, 40], [4, 3, 3, 3], { pads: [0, 2, 1, 1], strides: [1, 2] }),
  conv([2, 3, 9], [5, 3, 4], { pads: [2, 1], strides: [2] }),
  conv([1, 2, 4, 5, 3], [3, 2, 2, 3, 2], { pads: [1, 0, 0, 0, 1, 1] }),
  transposed(),
  transposed({ strides: [2, 3], pads: [1, 0, 0, 1], output_padding: [1, 0] }),
  transposed({ dilations: [2, 1], strides: [1, 2] }),
  transposed({ output_shape: [7, 11], strides: [2, 2] }),
  {
    op: 'ConvTranspose',
    opsets: [11],
    inputs: [values([1, 4, 3]), values([4, 1, 3], 2)],
    attributes: { group: 2, strides: [2] },
  },
  pool('MaxPool', [8, 12], { strides: [2, 2], pads: [1, 0, 1, 1] }),
  pool('MaxPool', [12], { dilations: [2, 2], ceil_mode: 1, strides: [2, 2] }),
  pool('MaxPool', [12], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  { ...pool('MaxPool', [12], { strides: [2, 2] }), outputs: 2 },
  {
    op: 'MaxPool',
    opsets: [12],
    inputs: [integers('int8', [1, 2, 5, 5], [-128, 127])],
    attributes: { kernel_shape: [2, 2] },
  },
  pool('AveragePool', [7, 11, 19], { strides: [2, 2], pads: [1, 0, 1, 1] }),
  pool('AveragePool', [11, 19], { strides: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 }),
  pool('AveragePool', [19], { strides: [2, 2], pads: [1, 0, 1, 0], ceil_mode: 1, count_include_pad: 1 }),
  pool('AveragePool', [19], { dilations: [2, 1] }),
  pool('LpPool', [18], { p: 2, strides: [2, 2] }),
  { op: 'AveragePool', opsets: [11], inputs: [values([1, 2, 9])], attributes: { kernel_shape: [4], strides: [3] } },
  { op: 'GlobalLpPool', opsets: [2], inputs: [image], attributes: { p: 2 } },
  {
    op: 'GroupNormalization',
    opsets: [21],
    inputs: [image, values([4]), values([4], 2)],
    attributes: { num_groups: 2 },
  },
  { op: 'RMSNormalization', opsets: [23], inputs: [values([2, 3, 8]), values([8])] },
  { op: 'SimplifiedLayerNormalization', opsets: [17], inputs: [values([2, 3, 8]), values([8])] },
  {
    op: 'Attention',
    opsets: [23],
    inputs: [values([2, 3, 8]), values([2, 5, 4], 2), values([2, 5, 6], 3), values([3, 5], 4)],
    attributes: { q_num_heads: 4, kv_num_heads: 2 },
  },
  {
    op: 'Attention',
    opsets: [23],
    inputs: [values([1, 2, 4, 8]), values([1, 2, 4, 8], 2), values([1, 2, 4, 8], 3)],
    attributes: { is_causal: 1, scale: 0.25 },
  },
  {
    op: 'RotaryEmbedding',
    opsets: [23],
    inputs: [values([1, 2, 3, 8]), values([9, 4], 2), values([9, 4], 3), tensor([1, 3], [4, 0, 8], 'int64')],
    attributes: { interleaved: 1 },
  },
  ...['GlobalAveragePool', 'GlobalMaxPool'].map((op) => ({ op, opsets: [7], inputs: [image] })),
  {
    op: 'BatchNormalization',
    opsets: [9, 15],
    inputs: [image, values([4]), values([4], 2), values([4], 3), tensor([4], [0.5, 1, 2, 0.1])],
    attributes: { epsilon: 1e-3 },
  },
  { op: 'InstanceNormalization', opsets: [6], inputs: [image, values([4]), values([4], 2)] },
  {
    op: 'LayerNormalization',
    opsets: [17],
    inputs: [values([2, 3, 8]), values([8]), values([8], 2)],
    attributes: { epsilon: 1e-3 },
  },
  {
    op: 'LayerNormalization',
    opsets: [17],
    inputs: [values([2, 3, 8]), values([3, 8])],
    attributes: { axis: 1 },
    outputs: 3,
  },
  { op: 'LpNormalization', opsets: [1], inputs: [values([2, 3, 4])], attributes: { axis: 1, p: 2 } },
  { op: 'MeanVarianceNormalization', opsets: [13], inputs: [image] },
  { op: 'LRN', opsets: [13], inputs: [image], attributes: { size: 3, alpha: 0.5 } },
  { op: 'Softmax', opsets: [11, 13], inputs: [values([2, 3, 4], 1, 9)], attributes: { axis: 1 } },
  { op: 'Softmax', opsets: [11, 13], inputs: [values([2, 3, 4], 1, 9)] },
  { op: 'LogSoftmax', opsets: [11, 13], inputs: [values([2, 3, 4], 1, 9)], attributes: { axis: -1 } },
  { op: 'Hardmax', opsets: [11, 13], inputs: [values([2, 3, 4])] },
  ...[
    'ReduceSum',
    'ReduceMean',
    'ReduceMax',
    'ReduceMin',
    'ReduceProd',
    'ReduceL1',
    'ReduceL2',
    'ReduceSumSquare',
    'ReduceLogSum',
    'ReduceLogSumExp',
  ]
    .flatMap(reduce)
    .filter(
      ({ op, opsets, attributes }) => !(op === 'ReduceSum' && opsets.includes(13) && attributes?.axes !== undefined),
    ),
  { op: 'ReduceSum', opsets: [13], inputs: [positive, ints(0, 2)], attributes: { keepdims: 0 } },
  { op: 'ReduceSum', opsets: [13], inputs: [positive], attributes: { noop_with_empty_axes: 1 } },
  { op: 'ReduceSum', opsets: [13], inputs: [integers('int64', [3, 4], [-9, 9]), ints(1)] },
  { op: 'ReduceMax', opsets: [18], inputs: [integers('int64', [3, 4], [-9, 9]), ints(0)] },
  recurrent('RNN', 1),
  recurrent('RNN', 1, { direction: 'bidirectional' }, 2),
  recurrent('GRU', 3, { direction: 'reverse' }),
  recurrent('GRU', 3, { linear_before_reset: 1 }),
  recurrent('LSTM', 4),
  recurrent('LSTM', 4, { direction: 'bidirectional', clip: 0.5 }, 2),
];
