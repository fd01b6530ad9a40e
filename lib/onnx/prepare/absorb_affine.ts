// A layer takes in the scale and the shift of each channel that follow it.
import { intsOf, ModelTensor, type Node } from '../model';
import type { GraphEdit } from './graph_edit';
import { channelAxisOf, scaledWeights, type WeightedLayer, weightedLayerOf } from './weighted_layer';

/** y → y · scale + shift, for each channel. */
export interface Affine {
  readonly scale?: ArrayLike<number>;
  readonly shift?: ArrayLike<number>;
}

/** A layer, and where the channels lie in a tensor that it feeds through nodes that only move values. */
export interface LayerBehind {
  readonly layer: WeightedLayer;
  /** Along which axis of the tensor the layer's output channels lie. */
  readonly axis: number;
  /** The nodes in between, from the layer on. */
  readonly path: readonly Node[];
}

export function layerAt(edit: GraphEdit, node: Node): WeightedLayer | undefined {
  return weightedLayerOf(node, (name) => edit.constant(name));
}

/** Where an axis goes through a node that only moves values; undefined for other nodes. */
function movedAxis(edit: GraphEdit, node: Node, axis: number): number | undefined {
  const rank = edit.rank(node.inputs[0] as string);
  if (node.is('Transpose')) {
    const perm = intsOf(node, 'perm', undefined);
    return perm === undefined || perm.indexOf(axis) < 0 ? undefined : perm.indexOf(axis);
  }
  if (!node.is('Squeeze') && !node.is('Unsqueeze')) return undefined;
  const tensor = edit.constant(node.inputs[1]);
  const given = intsOf(node, 'axes', undefined) ?? (tensor && Array.from(tensor.array() as BigInt64Array, Number));
  if (given === undefined || rank === undefined) return undefined;
  const full = node.is('Squeeze') ? rank : rank + given.length;
  const axes = given.map((one) => (one < 0 ? one + full : one)).sort((a, b) => a - b);
  if (node.is('Squeeze')) return axes.includes(axis) ? undefined : axis - axes.filter((one) => one < axis).length;
  return axes.reduce((moved, one) => (one <= moved ? moved + 1 : moved), axis);
}

/** Nodes that are looked through: a graph of nothing but these is not to exhaust the stack. */
export const LONGEST_PATH = 32;

/** The layer whose output a tensor is, or is rearranged from; undefined where anything else needs what lies in between. */
export function layerBehind(edit: GraphEdit, name: string, most = LONGEST_PATH): LayerBehind | undefined {
  const node = most > 0 ? edit.ownProducer(name) : undefined;
  if (node === undefined) return undefined;
  const layer = layerAt(edit, node);
  if (layer !== undefined) {
    const rank =
      edit.rank(name) ?? (node.is('Gemm') ? 2 : undefined) ?? (layer.kernel > 1 ? layer.weight.dims.length : undefined);
    return rank === undefined && !node.opType.startsWith('Conv')
      ? undefined
      : { layer, axis: channelAxisOf(layer, rank ?? layer.weight.dims.length), path: [] };
  }
  const behind = ['Transpose', 'Squeeze', 'Unsqueeze'].includes(node.opType)
    ? layerBehind(edit, node.inputs[0] as string, most - 1)
    : undefined;
  const axis = behind && movedAxis(edit, node, behind.axis);
  return behind === undefined || axis === undefined ? undefined : { ...behind, axis, path: [...behind.path, node] };
}

/** The bias of a layer, zeros if it has none; undefined if it cannot take one or its bias is not a constant of its channels. */
export function biasOf(edit: GraphEdit, { node, outputs }: WeightedLayer): Float64Array | undefined {
  if (node.is('MatMul')) return undefined;
  if ((node.inputs[2] ?? '') === '') return new Float64Array(outputs);
  const bias = edit.constant(node.inputs[2]);
  if (bias?.type !== 'float32' || !bias.dims.every((dim, i) => dim === 1 || i === bias.dims.length - 1))
    return undefined;
  const values = bias.floats();
  if (values.length !== outputs && values.length !== 1) return undefined;
  return Float64Array.from({ length: outputs }, (_, i) => values[values.length === 1 ? 0 : i] as number);
}

/** Puts a constant in a node's input: in the old one's place where nobody else reads that. */
export function replaceConstant(edit: GraphEdit, node: Node, input: number, tensor: ModelTensor): void {
  const old = node.inputs[input] ?? '';
  if (old !== '' && edit.onlyReader(old) === node) edit.graph.initializers.set(old, tensor);
  else edit.setInput(node, input, edit.addConstant(old === '' ? `${node.outputs[0]}_bias` : `${old}_folded`, tensor));
}

export function setBias(edit: GraphEdit, layer: WeightedLayer, values: ArrayLike<number>): void {
  replaceConstant(edit, layer.node, 2, ModelTensor.of('float32', [layer.outputs], Float32Array.from(values)));
}

/** Lets a layer compute what a reader of its output computes: true if it can, and then it does. */
export function absorbAffine(edit: GraphEdit, behind: LayerBehind, reader: Node, { scale, shift }: Affine): boolean {
  const { layer, path } = behind;
  const values = [...Array.from(scale ?? []), ...Array.from(shift ?? [])];
  const bias = biasOf(edit, layer);
  const biasNeeded = shift !== undefined || (layer.node.inputs[2] ?? '') !== '';
  if ((biasNeeded && bias === undefined) || !values.every(Number.isFinite)) return false;
  if (scale !== undefined) {
    const weight = ModelTensor.of('float32', layer.weight.dims, scaledWeights(layer, { output: scale }));
    replaceConstant(edit, layer.node, 1, weight);
  }
  if (biasNeeded)
    setBias(
      edit,
      layer,
      (bias as Float64Array).map((b, c) => b * (scale?.[c] ?? 1) + (shift?.[c] ?? 0)),
    );
  const last = path.at(-1) ?? layer.node;
  edit.absorb(reader, last);
  for (const node of [layer.node, ...path].slice(0, path.length))
    renameThrough(edit, node, edit.freshName(`${node.outputs[0]}_folded`));
  return true;
}

/** Gives a tensor with new values a new name. */
function renameThrough(edit: GraphEdit, node: Node, name: string): void {
  const old = node.outputs[0] as string;
  edit.renameOutput(node, 0, name);
  edit.redirect(old, name);
}
