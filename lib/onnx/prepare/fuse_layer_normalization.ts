// Layer normalization spelled out becomes one node: J. Ba et al., Layer Normalization, 2016.
import { attribute, intOf, intsOf, ModelTensor, Node } from '../model';
import { channelValues } from './channel_constant';
import type { GraphEdit, Pass } from './graph_edit';
import { scalarOf, withScalar } from './scalar_constant';

/** The first version of the operator set that has LayerNormalization. */
const LAYER_NORMALIZATION_OPSET = 17;

/** True for a mean along the last axis that keeps it. */
function isLastMean(edit: GraphEdit, node: Node | undefined): node is Node {
  if (!node?.is('ReduceMean') || intOf(node, 'keepdims', 1) === 0) return false;
  const tensor = edit.constant(node.inputs[1]);
  const axes = intsOf(node, 'axes', undefined) ?? (tensor && Array.from(tensor.array(), Number));
  const rank = edit.rank(node.inputs[0] as string);
  return axes?.length === 1 && (axes[0] === -1 || (rank !== undefined && axes[0] === rank - 1));
}

/** The tensor that a node squares. */
function squaredBy(edit: GraphEdit, node: Node | undefined): string | undefined {
  const [a, b] = node?.inputs ?? [];
  if (node?.is('Mul') && a === b) return a;
  return node?.is('Pow') && scalarOf(edit, b) === 2 ? a : undefined;
}

/** The epsilon of a standard deviation √(mean(d²) + ε) of `centred`; undefined if `name` is none. */
function deviationOf(edit: GraphEdit, name: string, centred: string): number | undefined {
  const root = edit.producer(name);
  const add = root?.is('Sqrt') ? edit.producer(root.inputs[0] as string) : undefined;
  const sum = add?.is('Add') ? withScalar(edit, add) : undefined;
  const mean = sum && edit.producer(sum.tensor);
  if (sum === undefined || !isLastMean(edit, mean)) return undefined;
  return squaredBy(edit, edit.producer(mean.inputs[0] as string)) === centred ? sum.scalar : undefined;
}

interface Normalized {
  readonly x: string;
  readonly epsilon: number;
}

/** (x − mean) / √(variance + ε). */
function normalizedBy(edit: GraphEdit, divide: Node): Normalized | undefined {
  const [centred, deviation] = divide.inputs as [string, string];
  const subtract = edit.producer(centred);
  if (!subtract?.is('Sub')) return undefined;
  const [x, meanName] = subtract.inputs as [string, string];
  const mean = edit.producer(meanName);
  const epsilon = deviationOf(edit, deviation, centred);
  if (!isLastMean(edit, mean) || mean.inputs[0] !== x || epsilon === undefined) return undefined;
  return edit.type(x).elementType === 'float32' ? { x, epsilon } : undefined;
}

/** The constant that the reader of a tensor multiplies it with or adds to it, one value for each index of the last axis. */
function lastAxisConstant(
  edit: GraphEdit,
  name: string,
  opType: string,
): { node: Node; values: Float32Array } | undefined {
  const node = edit.onlyReader(name);
  const dims = edit.type(name).dims;
  const channels = dims?.at(-1);
  if (!node?.is(opType) || typeof channels !== 'number' || dims === undefined) return undefined;
  const other = node.inputs[node.inputs[0] === name ? 1 : 0];
  const values = channelValues(edit.constant(other), { axis: dims.length - 1, rank: dims.length, channels });
  return values && { node, values };
}

function fuse(edit: GraphEdit, divide: Node): void {
  const normalized = normalizedBy(edit, divide);
  if (normalized === undefined) return;
  const scale = lastAxisConstant(edit, divide.outputs[0] as string, 'Mul');
  if (scale === undefined) return;
  const shift = lastAxisConstant(edit, scale.node.outputs[0] as string, 'Add');
  const end = shift?.node ?? scale.node;
  const output = end.outputs[0] as string;
  const enter = (name: string, values: Float32Array): string =>
    edit.addConstant(`${output}_${name}`, ModelTensor.of('float32', [values.length], values));
  const node = new Node({
    opType: 'LayerNormalization',
    name: end.name || output,
    inputs: [normalized.x, enter('scale', scale.values), ...(shift ? [enter('shift', shift.values)] : [])],
    outputs: [output],
    attributes: { axis: attribute.int(-1), epsilon: attribute.float(normalized.epsilon) },
  });
  edit.remove(end);
  edit.insertBefore(end, node);
  edit.log(`${divide.label} and what surrounds it fused to ${node.label}`);
}

export const fuseLayerNormalization: Pass = (edit) => {
  if (edit.model.opset < LAYER_NORMALIZATION_OPSET) return;
  for (const node of edit.nodes()) if (node.is('Div') && !edit.isRemoved(node)) fuse(edit, node);
};
