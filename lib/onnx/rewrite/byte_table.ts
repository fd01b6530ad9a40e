// Tables of floats, such as embeddings, in 8 bits: Gather reads bytes, and what it read becomes float behind it.
import { attribute, codeOf, type GraphIndex, intOf, Node } from '../model';
import type { ByteWeights, StoredWeight } from './byte_weights';
import { alongAxis } from './folded_weights';
import type { GraphRewriter } from './graph_rewriter';
import { matrixOf } from './weights';

/** What a pass over a graph changes it with. */
export interface TableContext {
  readonly index: GraphIndex;
  readonly rewriter: GraphRewriter;
  readonly weights: ByteWeights;
}

/** Smaller tables are not worth a node. */
const SMALLEST_BYTES = 1024;

/**
 * Stores the table of a Gather along axis 0 in 8 bits, a scale for each row. Gives the table as it is stored, or why it
 * stays in float.
 */
export function quantizeTable(node: Node, context: TableContext, reduceRange = false): StoredWeight | string {
  const { rewriter, index } = context;
  const [table = '', ids = ''] = node.inputs;
  const use = matrixOf(index, table);
  if (use === undefined || use.transposed) return 'the table is no constant matrix';
  if (use.tensor.type !== 'float32') return `the table is ${use.tensor.type}, not float32`;
  if (intOf(node, 'axis', 0) !== 0 || use.tensor.size === 0) return 'the table is not read by rows';
  if (use.tensor.byteLength < SMALLEST_BYTES) return `the table is smaller than ${SMALLEST_BYTES} bytes`;
  const stored = context.weights.store(use.name, use.tensor, { axis: 0, reduceRange });
  const [output] = node.outputs as [string];
  const [bytes, floats, scale] = ['q', 'f', 's'].map((suffix) => rewriter.fresh(`${output}_${suffix}`));
  const column = alongAxis(node, stored.scale, 2, 0, rewriter);
  rewriter.replace(node, [
    new Node({ opType: 'Gather', name: node.name, inputs: [stored.values, ids], outputs: [bytes!] }),
    new Node({ opType: 'Gather', inputs: [column, ids], outputs: [scale!] }),
    new Node({
      opType: 'Cast',
      inputs: [bytes!],
      outputs: [floats!],
      attributes: { to: attribute.int(codeOf('float32')) },
    }),
    new Node({ opType: 'Mul', inputs: [floats!, scale!], outputs: [output] }),
  ]);
  return stored;
}
