// The operators between weighted ones that have integer kernels, or through which integers go as they are.
import { type GraphIndex, intOf, type Node, stringOf } from '../model';
import { noKernel, type Refusal } from './refusal';
import type { Unit } from './unit';

type Found = Unit | Refusal;

const places = (node: Node): number[] => node.inputs.flatMap((name, place) => (name === '' ? [] : [place]));

const copy = (node: Node): Unit => ({ node, kind: 'copy', activations: [0], constants: [], floatOutput: false });

/** All data inputs are integers; constants among them become integers too. */
function arithmetic(index: GraphIndex, node: Node, operands: readonly number[]): Found {
  const isConstant = (place: number) => index.constant(node.inputs[place]!) !== undefined;
  const activations = operands.filter((place) => !isConstant(place));
  const constants = operands.filter(isConstant);
  const odd = constants.find((place) => index.constant(node.inputs[place]!)!.type !== 'float32');
  if (odd !== undefined || activations.length === 0) return noKernel(`${node.opType} of these operands`);
  return { node, kind: 'arithmetic', activations, constants, floatOutput: false };
}

const notConstantFolded = (node: Node): Refusal => ({
  reason: `${node.opType} of a constant`,
  rule: 'Q012',
  remedy: 'prepare the model: it computes what depends on constants alone',
});

type Rule = (index: GraphIndex, node: Node, opset: number) => Found | undefined;

const always: Rule = (index, node) =>
  index.constant(node.inputs[0]!) === undefined ? copy(node) : notConstantFolded(node);
const ofAll: Rule = (index, node) => arithmetic(index, node, places(node));
const ofFirst: Rule = (index, node) => arithmetic(index, node, [0]);

/** Integers of 8 bits go through MaxPool from opset 12 on; its indices are of no use to integers. */
const maxPool: Rule = (_, node, opset) => {
  const indices = (node.outputs[1] ?? '') !== '';
  return opset >= 12 && !indices ? copy(node) : noKernel('MaxPool with indices, or before opset 12,');
};

const averagePool: Rule = (index, node) =>
  node.attributes.has('dilations') ? noKernel('AveragePool with dilations') : arithmetic(index, node, [0]);

const gather: Rule = (index, node) => {
  const table = index.constant(node.inputs[0]!);
  if (table === undefined) return copy(node);
  if (table.type !== 'float32' || table.dims.length !== 2 || intOf(node, 'axis', 0) !== 0) return undefined;
  return { node, kind: 'table', activations: [], constants: [], weight: 0, axis: 0, floatOutput: true };
};

const resize: Rule = (_, node) =>
  stringOf(node, 'mode', 'nearest') === 'nearest' ? copy(node) : noKernel('Resize other than nearest');

const RULES = new Map<string, Rule>([
  ...['Add', 'Mul', 'Concat'].map((op) => [op, ofAll] as const),
  ...['GlobalAveragePool', 'LeakyRelu', 'Sigmoid', 'Softmax'].map((op) => [op, ofFirst] as const),
  ['AveragePool', averagePool],
  ...[
    'Expand',
    'Flatten',
    'Reshape',
    'Slice',
    'Squeeze',
    'Tile',
    'Transpose',
    'Unsqueeze',
    'DepthToSpace',
    'Split',
  ].map((op) => [op, always] as const),
  ['MaxPool', maxPool],
  ['Gather', gather],
  ['Resize', resize],
]);

/** Operators of floats around which integers end. */
const IN_FLOAT = new Set([
  'Sub',
  'Div',
  'Tanh',
  'HardSwish',
  'HardSigmoid',
  'Gelu',
  'Elu',
  'PRelu',
  'Pad',
  'ReduceMean',
]);

/** undefined for nodes that have nothing to do with integers; `opset` is the model's. */
export function betweenUnit(index: GraphIndex, node: Node, opset: number): Found | undefined {
  if (node.domain !== '') return undefined;
  if (IN_FLOAT.has(node.opType)) return noKernel(node.opType);
  return RULES.get(node.opType)?.(index, node, opset);
}
