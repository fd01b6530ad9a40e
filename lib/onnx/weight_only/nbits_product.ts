// MatMul and Gemm with a constant matrix as onnxruntime's MatMulNBits.
import { attribute, Node } from '../model';
import type { Product } from '../rewrite';
import type { StoredLayer, WeightContext } from './context';
import { layerOfBlocks } from './layer_params';
import { MICROSOFT, storeNBits } from './nbits_storage';

/** Gives why the node stays as it is where MatMulNBits does not compute what it does. */
export function toMatMulNBits(product: Product, block: number, context: WeightContext): StoredLayer | string {
  const { node, weight, k, n, input, alpha, bias } = product;
  if (product.inputTransposed || alpha !== 1 || (bias !== undefined && bias.beta !== 1))
    return 'MatMulNBits has no transA, alpha and beta';
  const rows = { ...weight, transposed: !weight.transposed };
  const { weights, sqnr } = context.inBlocks(rows, block, node);
  const { names, bits } = storeNBits(rows, weights, context);
  const [output] = node.outputs as [string];
  const attributes = {
    K: attribute.int(k),
    N: attribute.int(n),
    bits: attribute.int(bits),
    block_size: attribute.int(block),
    accuracy_level: attribute.int(context.settings.accuracyLevel),
  };
  const unbiased = bias === undefined ? output : context.rewriter.fresh(`${output}_product`);
  const common = { opType: 'MatMulNBits', domain: MICROSOFT, name: node.name, attributes };
  const nodes = [new Node({ ...common, inputs: [input, ...names], outputs: [unbiased] })];
  if (bias !== undefined) nodes.push(new Node({ opType: 'Add', inputs: [unbiased, bias.name], outputs: [output] }));
  context.rewriter.replace(node, nodes);
  return layerOfBlocks(rows, weights, sqnr);
}
