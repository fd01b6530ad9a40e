// Operators whose output has the shape of an input, or that of a broadcast.
import { type Dim, elementTypeOf, intOf } from '../model';
import { addDims, broadcastDims, multiplyDims } from './dims';
import type { Known, NodeView, Rule } from './node_view';

const SAME = `Abs Acos Acosh Asin Asinh Atan Atanh BatchNormalization Bernoulli BitwiseNot Ceil Celu Clip Cos Cosh CumSum Elu
  Erf Exp Floor Gelu GroupNormalization HardSigmoid HardSwish Hardmax InstanceNormalization LRN LeakyRelu Log LogSoftmax
  LpNormalization MeanVarianceNormalization Mish Neg Not PRelu RMSNormalization Reciprocal Relu ReverseSequence RotaryEmbedding
  Round Scatter ScatterElements ScatterND Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Swish Tan Tanh
  TensorScatter ThresholdedRelu Trilu com.microsoft:BiasGelu com.microsoft:FastGelu com.microsoft:Gelu com.microsoft:QuickGelu
  com.microsoft:QLinearLeakyRelu com.microsoft:QLinearSigmoid com.microsoft:QLinearSoftmax com.microsoft:RotaryEmbedding`;
const BROADCAST = 'BitShift BitwiseAnd BitwiseOr BitwiseXor Max Mean Min Mod Pow Sum';
const COMPARE = 'And Equal Greater GreaterOrEqual Less LessOrEqual Or Xor';

const words = (text: string): string[] => text.split(/\s+/);

const same: Rule = (view) => [{ elementType: view.elementType(0), dims: view.dims(0) }];

const broadcastOf = (view: NodeView, from = 0): readonly Dim[] | undefined =>
  broadcastDims(view.node.inputs.slice(from).map((_, i) => view.dims(from + i)));

const broadcast: Rule = (view) => [{ elementType: view.elementType(0), dims: broadcastOf(view) }];
const compare: Rule = (view) => [{ elementType: 'bool', dims: broadcastOf(view) }];

type Combine = (a: Dim, b: Dim) => Dim;

/** Integer division of ONNX truncates. An exact one of a name by 1 is the name. */
const divide: Combine = (a, b) => {
  if (b === 1) return a;
  return typeof a === 'number' && typeof b === 'number' && b !== 0 ? Math.trunc(a / b) : null;
};
const subtract: Combine = (a, b) => {
  if (b === 0) return a;
  return typeof a === 'number' && typeof b === 'number' ? a - b : null;
};

/** An operator on numbers that shapes are computed with. */
function arithmetic(combine: Combine): Rule {
  return (view) => {
    const [a, b] = [view.items(0), view.items(1)];
    const dims = broadcastOf(view);
    const known: Known = { elementType: view.elementType(0), dims };
    if (a === undefined || b === undefined || dims === undefined || dims.length > 1) return [known];
    const length = Math.max(a.length, b.length);
    if (Math.min(a.length, b.length) === 0 || (a.length !== length && a.length !== 1)) return [known];
    const items = Array.from({ length }, (_, i) =>
      combine(a[a.length === 1 ? 0 : i] as Dim, b[b.length === 1 ? 0 : i] as Dim),
    );
    return [{ ...known, items }];
  };
}

const identity: Rule = (view) => [view.known(0)];

const dropout: Rule = (view) => [
  { elementType: view.elementType(0), dims: view.dims(0) },
  { elementType: view.opset >= 10 ? 'bool' : view.elementType(0), dims: view.dims(0) },
];

const WHOLE = /^u?int(8|16|32|64)$/;

const cast: Rule = (view) => {
  const elementType = elementTypeOf(intOf(view.node, 'to', 0));
  const items = WHOLE.test(elementType ?? '') ? view.items(0) : undefined;
  return [{ elementType, dims: view.dims(0), items }];
};

const castLike: Rule = (view) => [{ elementType: view.elementType(1), dims: view.dims(0) }];

const test: Rule = (view) => [{ elementType: 'bool', dims: view.dims(0) }];

const where: Rule = (view) => [{ elementType: view.elementType(1), dims: broadcastOf(view) }];

/** The mean and inverse deviation of a layer normalization have a 1 for each normalized dimension. */
const layerNormalization: Rule = (view) => {
  const dims = view.dims(0);
  const axis = intOf(view.node, 'axis', -1);
  const from = dims !== undefined && axis < 0 ? axis + dims.length : axis;
  const reduced = dims?.map((dim, i) => (i < from ? dim : 1));
  const statistics: Known = { elementType: 'float32', dims: reduced };
  return [{ elementType: view.elementType(0), dims }, statistics, statistics];
};

const skipLayerNormalization: Rule = (view) => [{ elementType: view.elementType(0), dims: view.dims(0) }];

const qlinearBinary: Rule = (view) => [
  { elementType: view.elementType(0), dims: broadcastDims([view.dims(0), view.dims(3)]) },
];

export const ELEMENTWISE_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...words(SAME).map((name) => [name, same] as const),
  ...words(BROADCAST).map((name) => [name, broadcast] as const),
  ...words(COMPARE).map((name) => [name, compare] as const),
  ['Add', arithmetic((a, b) => addDims([a, b]))],
  ['Sub', arithmetic(subtract)],
  ['Mul', arithmetic((a, b) => multiplyDims([a, b]))],
  ['Div', arithmetic(divide)],
  ['Identity', identity],
  ['Dropout', dropout],
  ['Cast', cast],
  ['CastLike', castLike],
  ['IsNaN', test],
  ['IsInf', test],
  ['Where', where],
  ['LayerNormalization', layerNormalization],
  ['com.microsoft:SkipLayerNormalization', skipLayerNormalization],
  ['com.microsoft:QLinearAdd', qlinearBinary],
  ['com.microsoft:QLinearMul', qlinearBinary],
]);
