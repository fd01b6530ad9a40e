// Operators that work value by value.
import { integers, type Row, values } from '../one_node';
import { ints, tensor } from '../values';

const x = values([2, 3, 4]);
const positive = tensor([5], [0.1, 0.5, 1, 3, 40]);
const edges = tensor([8], [-3, -2.5, -0.5, 0, 0.5, 1.5, 2.5, 1e9]);
const shapes = [
  [[2, 3, 4], [4]],
  [
    [3, 1],
    [1, 5],
  ],
  [[], [2, 2]],
  [
    [2, 1, 3, 1],
    [4, 1, 5],
  ],
  [
    [0, 3],
    [1, 3],
  ],
] as const;

const pairs = (op: string, opsets: readonly number[]): Row[] =>
  shapes.map(([a, b]) => ({ op, opsets, inputs: [values(a, 1), values(b, 2)] }));
const integerPairs = (op: string, opsets: readonly number[]): Row[] =>
  (['int32', 'int64'] as const).map((type) => ({
    op,
    opsets,
    inputs: [integers(type, [4, 6], [-50, 50], 3), integers(type, [6], [1, 9], 4)],
  }));

const unary = (op: string, opsets: readonly number[], input = x): Row => ({ op, opsets, inputs: [input] });
const with1 = (op: string, opset: number, attributes: Row['attributes'], floats: readonly string[] = []): Row => ({
  op,
  opsets: [opset],
  inputs: [values([3, 7], 9, 8)],
  ...(attributes === undefined ? {} : { attributes }),
  floats,
});

export const ELEMENTWISE: Row[] = [
  ...['Add', 'Sub', 'Mul', 'Div'].flatMap((op) => [...pairs(op, [7, 13]), ...integerPairs(op, [14])]),
  ...['Less', 'Greater', 'Equal'].flatMap((op) => [...pairs(op, [11]), ...integerPairs(op, [13])]),
  ...['LessOrEqual', 'GreaterOrEqual'].flatMap((op) => pairs(op, [16])),
  ...['Min', 'Max'].flatMap((op) => [...pairs(op, [8, 13]), ...integerPairs(op, [13])]),
  ...integerPairs('Mod', [13]),
  { op: 'Mod', opsets: [13], inputs: [integers('int64', [9], [-9, 9]), integers('int64', [9], [-4, -1], 2)] },
  { op: 'Mod', opsets: [13], inputs: [values([9]), values([9], 2)], attributes: { fmod: 1 } },
  { op: 'Pow', opsets: [7, 15], inputs: [positive, tensor([1], [2.5])] },
  { op: 'Pow', opsets: [15], inputs: [x, tensor([], [2], 'int64')] },
  { op: 'Pow', opsets: [15], inputs: [integers('int64', [5], [-4, 9]), ints(3)] },
  { op: 'Sum', opsets: [8, 13], inputs: [x, values([4], 2), values([3, 1], 3)] },
  { op: 'Mean', opsets: [8, 13], inputs: [x, values([4], 2), values([3, 1], 3)] },
  ...['And', 'Or', 'Xor'].map((op) => ({
    op,
    opsets: [7],
    inputs: [integers('bool', [2, 3], [0, 1]), integers('bool', [3], [0, 1], 5)],
  })),
  unary('Not', [1], integers('bool', [5], [0, 1])),
  { op: 'Where', opsets: [9, 16], inputs: [integers('bool', [3, 1], [0, 1]), values([3, 4]), values([1, 4], 2)] },
  { op: 'Where', opsets: [16], inputs: [integers('bool', [3], [0, 1]), integers('int64', [3], [0, 9]), ints(7)] },
  ...['Abs', 'Neg', 'Exp', 'Ceil', 'Floor', 'Sigmoid', 'Tanh', 'Relu'].map((op) => unary(op, [6, 13])),
  ...['Sin', 'Cos', 'Atan', 'Sinh', 'Cosh', 'Asinh', 'Erf', 'Sign', 'Softplus', 'Softsign'].map((op) =>
    unary(op, [13]),
  ),
  unary('Tan', [7], values([7], 1, 1)),
  ...['Acos', 'Asin', 'Atanh'].map((op) => unary(op, [9], values([7], 1, 0.9))),
  unary('Acosh', [9], tensor([3], [1, 2, 40])),
  ...['Sqrt', 'Log', 'Reciprocal'].map((op) => unary(op, [6, 13], positive)),
  unary('Round', [11], edges),
  unary('IsNaN', [9], tensor([3], [1, Number.NaN, Number.POSITIVE_INFINITY])),
  unary('IsInf', [10], tensor([3], [Number.NEGATIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY])),
  with1('Clip', 6, { min: -1.5, max: 2.25 }),
  { op: 'Clip', opsets: [11, 13], inputs: [values([9], 1, 8), tensor([], [-1]), tensor([], [2])] },
  { op: 'Clip', opsets: [12], inputs: [values([9], 1, 8), undefined, tensor([], [2])] },
  { op: 'Clip', opsets: [12], inputs: [integers('int64', [9], [-9, 9]), tensor([], [-2], 'int64')] },
  with1('LeakyRelu', 16, { alpha: 0.2 }),
  with1('Elu', 6, { alpha: 1.5 }),
  with1('Selu', 6, {}),
  with1('Celu', 12, { alpha: 2 }, ['alpha']),
  with1('HardSigmoid', 6, { alpha: 0.3, beta: 0.4 }),
  with1('HardSwish', 14, {}),
  with1('ThresholdedRelu', 10, { alpha: 1.5 }),
  with1('Shrink', 9, { lambd: 1.5, bias: 0.5 }),
  with1('Mish', 18, {}),
  with1('Gelu', 20, {}),
  with1('Gelu', 20, { approximate: 'tanh' }),
  { op: 'PRelu', opsets: [9, 16], inputs: [values([2, 3, 4]), values([3, 1], 5)] },
  {
    op: 'BitShift',
    opsets: [11],
    inputs: [integers('uint8', [6], [0, 255]), integers('uint8', [6], [0, 7], 2)],
    attributes: { direction: 'RIGHT' },
  },
  ...['BitwiseAnd', 'BitwiseOr'].map((op) => ({
    op,
    opsets: [18],
    inputs: [integers('int64', [6], [-99, 99]), integers('int64', [6], [0, 77], 2)],
  })),
  unary('BitwiseNot', [18], integers('int16', [6], [-99, 99])),
  with1('Swish', 24, { alpha: 1.5 }),
  { op: 'BitwiseXor', opsets: [18], inputs: [integers('int32', [6], [-99, 99]), integers('int32', [6], [0, 77], 2)] },
  ...([1, 6, 7, 9, 10, 2, 3, 11] as const)
    .map((to) => ({ op: 'Cast', opsets: [13], inputs: [values([9], 1, 100)], attributes: { to } }))
    .filter(({ attributes }) => attributes.to !== 2),
  { op: 'Cast', opsets: [9, 19], inputs: [integers('int64', [5], [-300, 300])], attributes: { to: 6 } },
  { op: 'Cast', opsets: [13], inputs: [integers('int32', [5], [-300, 300])], attributes: { to: 3 } },
  { op: 'Cast', opsets: [13], inputs: [tensor([4], [0.1, -65000, 1e-7, 2049], 'float16')], attributes: { to: 1 } },
  { op: 'CastLike', opsets: [15], inputs: [values([5], 1, 9), ints(0)] },
  { op: 'Identity', opsets: [13], inputs: [x] },
  { op: 'Dropout', opsets: [7, 13], inputs: [x] },
];
