// How mean and deviation of each channel go through operators.
import { floatOf, intOf, type ModelTensor, type Node } from '../model';
import { channelValues, type GraphEdit } from '../prepare';
import { addMoments, affineMoments, type Moments, mapMoments, mergeMoments, multiplyMoments, uniform } from './moments';

export interface MomentContext {
  readonly edit: GraphEdit;
  /** Moments of an input of a node; undefined where nothing is known. */
  readonly of: (name: string | undefined) => Moments | undefined;
}

export type MomentRule = (node: Node, context: MomentContext) => Moments | undefined;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
/** As octavo's own GELU with the hyperbolic tangent; the other one differs by less than 0.0005. */
const gelu = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

function scalar(edit: GraphEdit, node: Node, input: number, attribute: string, absent: number): number {
  return edit.floats(node.inputs[input])?.[0] ?? floatOf(node, attribute, absent);
}

type Curve = (node: Node, edit: GraphEdit) => (x: number) => number;

const CURVES: Readonly<Record<string, Curve>> = {
  Relu: () => (x) => Math.max(x, 0),
  LeakyRelu: (node) => {
    const alpha = floatOf(node, 'alpha', 0.01);
    return (x) => (x < 0 ? alpha * x : x);
  },
  PRelu: (node, edit) => {
    const slope = Array.from(edit.floats(node.inputs[1]) ?? [0]).reduce(
      (a, b) => (Math.abs(b) > Math.abs(a) ? b : a),
      0,
    );
    return (x) => (x < 0 ? slope * x : x);
  },
  Clip: (node, edit) => {
    const low = scalar(edit, node, 1, 'min', Number.NEGATIVE_INFINITY);
    const high = scalar(edit, node, 2, 'max', Number.POSITIVE_INFINITY);
    return (x) => clamp(x, low, high);
  },
  Sigmoid: () => logistic,
  HardSigmoid: (node) => {
    const [alpha, beta] = [floatOf(node, 'alpha', 0.2), floatOf(node, 'beta', 0.5)];
    return (x) => clamp(alpha * x + beta, 0, 1);
  },
  HardSwish: () => (x) => x * clamp(x / 6 + 0.5, 0, 1),
  Tanh: () => Math.tanh,
  Gelu: () => gelu,
  Elu: (node) => {
    const alpha = floatOf(node, 'alpha', 1);
    return (x) => (x < 0 ? alpha * Math.expm1(x) : x);
  },
  Softplus: () => (x) => (x > 30 ? x : Math.log1p(Math.exp(x))),
  Abs: () => Math.abs,
};

const curve: MomentRule = (node, { edit, of }) => {
  const input = of(node.inputs[0]);
  const f = CURVES[node.opType]?.(node, edit);
  return input && f && mapMoments(input, f);
};

/** Values only move, and channels stay together: pools too, whose deviation can only be smaller. */
const same: MomentRule = (node, { of }) => of(node.inputs[0]);

const merged: MomentRule = (node, { of }) => {
  const input = of(node.inputs[0]);
  return input && mergeMoments(input);
};

/** Of a constant: each channel has one value, or all values count together. */
function constantMoments(edit: GraphEdit, name: string, other: string): Moments | undefined {
  const tensor: ModelTensor | undefined = edit.constant(name);
  if (tensor?.type !== 'float32' || tensor.size === 0) return undefined;
  const rank = edit.rank(other) ?? tensor.dims.length;
  const channels = Math.max(...tensor.dims, 1);
  const values = [1, rank - 1]
    .map((axis) => channelValues(tensor, { axis, rank, channels }))
    .find((found) => found !== undefined);
  const data = values ?? tensor.floats();
  const exact = Array.from(data, (value) => ({ ...uniform(value, value), low: value, high: value }));
  if (values === undefined) return mergeMoments(...exact.slice(0, 4096));
  return {
    mean: Float64Array.from(values),
    std: new Float64Array(values.length),
    low: Math.min(...values),
    high: Math.max(...values),
  };
}

/** Moments of both operands, with as many channels, or one for all where they do not fit. */
function operands(node: Node, { edit, of }: MomentContext): readonly [Moments, Moments] | undefined {
  const [a = '', b = ''] = node.inputs;
  const first = of(a) ?? constantMoments(edit, a, b);
  const second = of(b) ?? constantMoments(edit, b, a);
  if (first === undefined || second === undefined) return undefined;
  const [m, n] = [first.mean.length, second.mean.length];
  return m === n || m === 1 || n === 1 ? [first, second] : [mergeMoments(first), mergeMoments(second)];
}

const arithmetic: MomentRule = (node, context) => {
  const pair = operands(node, context);
  if (pair === undefined) return undefined;
  const [a, b] = pair;
  if (node.is('Mul')) return node.inputs[0] === node.inputs[1] ? mapMoments(a, (x) => x * x) : multiplyMoments(a, b);
  if (!node.is('Div')) return addMoments(a, b, node.is('Sub') ? -1 : 1);
  const isConstant = b.std.every((one) => one === 0) && b.mean.every((one) => one !== 0);
  return isConstant
    ? affineMoments(
        a,
        b.mean.map((one) => 1 / one),
        [0],
      )
    : undefined;
};

const concat: MomentRule = (node, { edit, of }) => {
  const parts = node.inputs.map((name) => of(name));
  if (parts.some((part) => part === undefined)) return undefined;
  const known = parts as Moments[];
  const rank = edit.rank(node.outputs[0] as string);
  const axis = intOf(node, 'axis', 1);
  const places = node.inputs.map((name, i) => [edit.type(name).dims?.at(axis), known[i]!.mean.length] as const);
  const isChannelAxis = axis === 1 || axis === -1 || axis === (rank ?? 0) - 1;
  if (
    !isChannelAxis ||
    places.some(([length, channels]) => typeof length !== 'number' || (channels !== 1 && channels !== length))
  )
    return mergeMoments(...known);
  const spread = (pick: (part: Moments) => Float64Array): Float64Array =>
    Float64Array.from(
      known.flatMap((part, i) =>
        Array.from(
          { length: places[i]![0] as number },
          (_, c) => pick(part)[pick(part).length === 1 ? 0 : c] as number,
        ),
      ),
    );
  const { low, high } = mergeMoments(...known);
  return { mean: spread(({ mean }) => mean), std: spread(({ std }) => std), low, high };
};

const unit: MomentRule = () => uniform(0, 1);

/** What a layer normalization writes has the mean and deviation of its parameters. */
const normalization: MomentRule = (node, { edit }) => {
  const [gamma, beta] = [edit.floats(node.inputs[1]), edit.floats(node.inputs[2])];
  if (gamma === undefined) return undefined;
  const mean = Float64Array.from(gamma, (_, c) => beta?.[c] ?? 0);
  return {
    mean,
    std: Float64Array.from(gamma, Math.abs),
    low: Number.NEGATIVE_INFINITY,
    high: Number.POSITIVE_INFINITY,
  };
};

/** Rows of a table: what its columns hold. */
const table: MomentRule = (node, context) => {
  const tensor = context.edit.constant(node.inputs[0]);
  if (tensor?.type !== 'float32' || tensor.dims.length !== 2 || intOf(node, 'axis', 0) !== 0)
    return merged(node, context);
  const [rows = 0, columns = 0] = tensor.dims;
  const values = tensor.floats();
  const [mean, std] = [new Float64Array(columns), new Float64Array(columns)];
  values.forEach((value, i) => {
    mean[i % columns] = (mean[i % columns] as number) + value / rows;
  });
  values.forEach((value, i) => {
    std[i % columns] = (std[i % columns] as number) + (value - (mean[i % columns] as number)) ** 2 / rows;
  });
  const bound = (pick: (a: number, b: number) => number): number => values.reduce((a, b) => pick(a, b));
  return { mean, std: std.map(Math.sqrt), low: bound((a, b) => Math.min(a, b)), high: bound((a, b) => Math.max(a, b)) };
};

const named = (names: string, rule: MomentRule): [string, MomentRule][] => names.split(' ').map((name) => [name, rule]);

export const MOMENT_RULES: ReadonlyMap<string, MomentRule> = new Map([
  ...named(Object.keys(CURVES).join(' '), curve),
  ...named(
    'MaxPool AveragePool GlobalAveragePool GlobalMaxPool Flatten Squeeze Unsqueeze Identity Dropout Pad Resize',
    same,
  ),
  ...named(
    'Reshape Transpose Slice Split Expand Tile DepthToSpace SpaceToDepth ReduceMean ReduceMax GatherElements',
    merged,
  ),
  ...named('Add Sub Mul Div', arithmetic),
  ...named('Softmax', unit),
  ...named('Concat', concat),
  ...named('LayerNormalization', normalization),
  ...named('Gather', table),
]);
