// Matrix products in the form that runtimes fuse: Gemm without factors, with a bias of one dimension.
import { floatOf, ModelTensor, type Node } from '../model';
import { layerAt } from './absorb_affine';
import { channelValues } from './channel_constant';
import type { GraphEdit, Pass } from './graph_edit';

const scaled = (tensor: ModelTensor, factor: number): ModelTensor =>
  ModelTensor.of(
    'float32',
    tensor.dims,
    tensor.floats().map((value) => value * factor),
  );

/** Moves a factor into a constant input; false if there is nothing to move it into. */
function foldFactor(edit: GraphEdit, node: Node, name: string, input: number): void {
  const factor = floatOf(node, name, 1);
  const tensor = edit.constant(node.inputs[input]);
  if (factor === 1) node.attributes.delete(name);
  else if ((node.inputs[input] ?? '') === '' && input === 2) node.attributes.delete(name);
  else if (tensor?.type === 'float32') {
    edit.setInput(node, input, edit.addConstant(`${node.inputs[input]}_scaled`, scaled(tensor, factor)));
    node.attributes.delete(name);
    edit.log(`${name} of ${node.label} folded into '${node.inputs[input]}'`);
  }
}

/** A bias of one value, or with dims of 1 around it, as one value for each column. */
function flattenBias(edit: GraphEdit, node: Node): void {
  const outputs = layerAt(edit, node)?.outputs;
  const bias = edit.constant(node.inputs[2]);
  if (outputs === undefined || bias === undefined || (bias.dims.length === 1 && bias.dims[0] === outputs)) return;
  const values = channelValues(bias, { axis: 1, rank: 2, channels: outputs });
  if (values === undefined) return;
  const flat = ModelTensor.of('float32', [outputs], values);
  edit.setInput(node, 2, edit.addConstant(`${node.inputs[2]}_flat`, flat));
}

/** Alpha and beta go into the constants; biases get one dimension. */
export const normalGemm: Pass = (edit) => {
  for (const node of edit.nodes()) {
    if (!node.is('Gemm')) continue;
    foldFactor(edit, node, 'alpha', 1);
    foldFactor(edit, node, 'beta', 2);
    flattenBias(edit, node);
  }
};

/** MatMul and Add of rank 2 become Gemm, which onnxruntime and others run with the bias inside. */
export const matMulToGemm: Pass = (edit) => {
  for (const add of edit.nodes()) {
    if (!add.is('Add') || edit.isRemoved(add)) continue;
    const at = add.inputs.findIndex((name) => edit.constant(name) !== undefined);
    const product = at < 0 ? undefined : edit.ownProducer(add.inputs[1 - at] as string);
    const layer = product?.is('MatMul') ? layerAt(edit, product) : undefined;
    if (product === undefined || layer === undefined || edit.rank(product.inputs[0] as string) !== 2) continue;
    const bias = channelValues(edit.constant(add.inputs[at]), { axis: 1, rank: 2, channels: layer.outputs });
    if (bias === undefined) continue;
    const flat = ModelTensor.of('float32', [layer.outputs], bias);
    const constant = edit.addConstant(`${add.inputs[at]}_flat`, flat);
    edit.log(`${product.label} and ${add.label} joined to a Gemm`);
    product.opType = 'Gemm';
    edit.setInputs(product, [...product.inputs, constant]);
    edit.absorb(add, product);
  }
};

/** MatMul and Add of other ranks stay two nodes, the bias with one dimension and behind the product. */
export const flatMatMulBias: Pass = (edit) => {
  for (const add of edit.nodes()) {
    if (!add.is('Add')) continue;
    const at = add.inputs.findIndex((name) => edit.constant(name) !== undefined);
    const product = at < 0 ? undefined : edit.producer(add.inputs[1 - at] as string);
    const layer = product?.is('MatMul') ? layerAt(edit, product) : undefined;
    const rank = edit.rank(add.inputs[1 - at] as string);
    const bias = edit.constant(add.inputs[at]);
    if (layer === undefined || rank === undefined || bias === undefined) continue;
    const values = channelValues(bias, { axis: rank - 1, rank, channels: layer.outputs });
    if (values === undefined) continue;
    const name = add.inputs[at] as string;
    const flat = bias.dims.length === 1 && bias.size === layer.outputs;
    const constant = flat ? name : edit.addConstant(`${name}_flat`, ModelTensor.of('float32', [layer.outputs], values));
    edit.setInputs(add, [add.inputs[1 - at] as string, constant]);
  }
};
