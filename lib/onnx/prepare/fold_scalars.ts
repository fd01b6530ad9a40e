// A number behind a product of two tensors, such as that of attention, goes into the layer that one of them comes from.
import { ModelTensor, type Node } from '../model';
import { biasOf, LONGEST_PATH, layerAt, replaceConstant, setBias } from './absorb_affine';
import type { GraphEdit, Pass } from './graph_edit';
import { scalarOf } from './scalar_constant';
import { scaledWeights, type WeightedLayer } from './weighted_layer';

/** Operators that only move values: a factor of the whole tensor goes through them. */
const MOVING = ['Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity'];

interface Source {
  readonly layer: WeightedLayer;
  /** The constant that an Add behind the layer adds. */
  readonly add: { readonly node: Node; readonly input: number } | undefined;
  /** Nodes whose outputs are scaled, the layer first. */
  readonly path: readonly Node[];
}

function scaledConstant(tensor: ModelTensor, factor: number): ModelTensor {
  const values = tensor.floats().map((value) => value * factor);
  return ModelTensor.of('float32', tensor.dims, values);
}

/** The layer that a tensor comes from, if nobody else reads anything in between. */
function sourceOf(edit: GraphEdit, name: string, most = LONGEST_PATH): Source | undefined {
  const node = most > 0 ? edit.ownProducer(name) : undefined;
  if (node === undefined) return undefined;
  const layer = layerAt(edit, node);
  if (layer !== undefined) return { layer, add: undefined, path: [node] };
  const input = node.inputs.findIndex((one) => edit.constant(one)?.type === 'float32');
  const adds = node.is('Add') && input >= 0;
  if (!adds && !MOVING.some((opType) => node.is(opType))) return undefined;
  const source = sourceOf(edit, node.inputs[adds ? 1 - input : 0] as string, most - 1);
  if (source === undefined || (adds && source.add !== undefined)) return undefined;
  return { ...source, add: adds ? { node, input } : source.add, path: [...source.path, node] };
}

/** Scales a source; false if its bias is no constant. */
function scaleSource(edit: GraphEdit, { layer, add, path }: Source, factor: number): boolean {
  const bias = biasOf(edit, layer);
  const hasBias = (layer.node.inputs[2] ?? '') !== '';
  if (hasBias && bias === undefined) return false;
  const factors = new Float64Array(layer.outputs).fill(factor);
  const weight = ModelTensor.of('float32', layer.weight.dims, scaledWeights(layer, { output: factors }));
  replaceConstant(edit, layer.node, 1, weight);
  if (hasBias && bias !== undefined)
    setBias(
      edit,
      layer,
      bias.map((value) => value * factor),
    );
  const constant = add && edit.constant(add.node.inputs[add.input]);
  if (add !== undefined && constant !== undefined)
    replaceConstant(edit, add.node, add.input, scaledConstant(constant, factor));
  for (const node of path) {
    const old = node.outputs[0] as string;
    const name = edit.freshName(`${old}_scaled`);
    edit.renameOutput(node, 0, name);
    edit.redirect(old, name);
  }
  return true;
}

function factorOf(edit: GraphEdit, node: Node): { readonly factor: number; readonly product: string } | undefined {
  const [a = '', b = ''] = node.inputs;
  const second = scalarOf(edit, b);
  if (node.is('Div') && second !== undefined) return { factor: 1 / second, product: a };
  if (!node.is('Mul')) return undefined;
  const first = scalarOf(edit, a);
  if (second !== undefined) return { factor: second, product: a };
  return first === undefined ? undefined : { factor: first, product: b };
}

/** True for constants that do not widen the product. */
const keepsRank = (edit: GraphEdit, node: Node, product: string): boolean =>
  edit.rank(product) !== undefined && edit.rank(product) === edit.rank(node.outputs[0] as string);

export const foldScalars: Pass = (edit) => {
  for (const node of edit.nodes()) {
    const found = factorOf(edit, node);
    if (found === undefined || !Number.isFinite(found.factor) || !keepsRank(edit, node, found.product)) continue;
    const product = edit.ownProducer(found.product);
    if (!product?.is('MatMul') || layerAt(edit, product) !== undefined) continue;
    const source = product.inputs.map((name) => sourceOf(edit, name)).find((one) => one !== undefined);
    if (source === undefined || !scaleSource(edit, source, found.factor)) continue;
    edit.absorb(node, product);
    edit.log(`${node.label} folded into ${source.layer.node.label}`);
  }
};
