// MatMul and Gemm with a constant matrix as onnxruntime's MatMulBnb4: codes of a table, as bitsandbytes has them.
import type { CodebookWeights } from '../../weights';
import { attribute, ModelTensor, Node } from '../model';
import { computedFrom, type Product } from '../rewrite';
import type { StoredLayer, WeightContext } from './context';
import { MICROSOFT } from './nbits_storage';

const QUANT_TYPES = { fp4: 0, nf4: 1 } as const;

/** Gives why the node stays as it is where MatMulBnb4 does not compute what it does. */
export function toMatMulBnb4(product: Product, block: number, context: WeightContext): StoredLayer | string {
  const { node, weight, k, n, input, alpha, bias } = product;
  if (product.inputTransposed || alpha !== 1 || (bias !== undefined && bias.beta !== 1))
    return 'MatMulBnb4 has no transA, alpha and beta';
  const rows = { ...weight, transposed: !weight.transposed };
  const { weights, sqnr } = context.inTable(rows, block, node);
  const { codes, absmax, type } = weights as CodebookWeights & { absmax: Float32Array };
  const key = (part: string) => `${weight.name}|${weight.transposed}|bnb4 ${part}`;
  const names = [
    context.rewriter.constant(
      `${weight.name}_${type}`,
      () => computedFrom(weight.tensor, 'uint8', [codes.length], () => codes),
      key('codes'),
    ),
    context.rewriter.constant(
      `${weight.name}_absmax`,
      () => ModelTensor.of('float32', [absmax.length], absmax),
      key('absmax'),
    ),
  ];
  const [output] = node.outputs as [string];
  const attributes = {
    K: attribute.int(k),
    N: attribute.int(n),
    block_size: attribute.int(block),
    quant_type: attribute.int(QUANT_TYPES[type]),
  };
  const unbiased = bias === undefined ? output : context.rewriter.fresh(`${output}_product`);
  const common = { opType: 'MatMulBnb4', domain: MICROSOFT, name: node.name, attributes };
  const nodes = [new Node({ ...common, inputs: [input, ...names], outputs: [unbiased] })];
  if (bias !== undefined) nodes.push(new Node({ opType: 'Add', inputs: [unbiased, bias.name], outputs: [output] }));
  context.rewriter.replace(node, nodes);
  return { form: 'int4', tensor: weight.name, sqnr };
}
