// Constants in the form of onnxruntime's MatMulNBits, and tables that share them.
import type { BlockWeights } from '../../weights';
import { attribute, intOf, ModelTensor, Node } from '../model';
import { type MatrixUse, matrixOf } from '../rewrite';
import type { StoredLayer, WeightContext } from './context';
import { layerOfBlocks } from './layer_params';
import { asNBits, blocksOf } from './matrix_layouts';

export const MICROSOFT = 'com.microsoft';

/** Names of B, its scales and, if there are any, its zero points; each stored once. */
export function storeNBits(use: MatrixUse, weights: BlockWeights, { rewriter }: WeightContext) {
  const { name, tensor, transposed } = use;
  const layout = asNBits(weights, tensor);
  const key = (part: string) => `${name}|${transposed}|nbits ${part}`;
  const names = [
    rewriter.constant(`${name}_q`, layout.values, key('q')),
    rewriter.constant(`${name}_scale`, layout.scale, key('scale')),
    ...(layout.zeroPoint === undefined ? [] : [rewriter.constant(`${name}_zp`, layout.zeroPoint, key('zp'))]),
  ];
  return { names, bits: layout.bits };
}

/** A Gather of rows as GatherBlockQuantized, over the bytes that a MatMulNBits may share; or why it stays. */
export function gatherNBits(node: Node, block: number, context: WeightContext): StoredLayer | string {
  const { rewriter, index } = context;
  const [table = '', ids = ''] = node.inputs;
  const use = matrixOf(index, table)!;
  if (intOf(node, 'axis', 0) !== 0) return 'the table is not read by rows';
  if (use.tensor.dims[1]! % block !== 0) return `rows of ${use.tensor.dims[1]} values are no whole blocks of ${block}`;
  const { weights, sqnr } = context.inBlocks(use, block, node);
  const { names, bits } = storeNBits(use, weights, context);
  const [values, scale, zeroPoint] = names as [string, string, string?];
  const bytes = (blocksOf(weights) * block * bits) / 8;
  const shape = rewriter.constant(
    `${use.name}_rows`,
    () => ModelTensor.of('int64', [2], BigInt64Array.of(-1n, BigInt(bytes))),
    `${use.name}|rows`,
  );
  const rows = rewriter.insert(node, 'Reshape', [values, shape], { output: `${values}_rows` });
  const inputs = [rows, ids, scale, ...(zeroPoint === undefined ? [] : [zeroPoint])];
  const attributes = {
    bits: attribute.int(bits),
    block_size: attribute.int(block),
    gather_axis: attribute.int(0),
    quantize_axis: attribute.int(1),
  };
  rewriter.replace(node, [
    new Node({
      opType: 'GatherBlockQuantized',
      domain: MICROSOFT,
      name: node.name,
      inputs,
      outputs: node.outputs,
      attributes,
    }),
  ]);
  return layerOfBlocks(use, weights, sqnr);
}
