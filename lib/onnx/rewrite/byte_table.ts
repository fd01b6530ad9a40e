// Tables of floats, such as embeddings, in 8 bits: Gather reads bytes, and what it read becomes float behind it.
import { attribute, codeOf, type GraphIndex, intOf, ModelTensor, Node } from '../model';
import type { ByteWeights, StoredWeight } from './byte_weights';
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
  const column = asColumn(stored, node, context);
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

/** The scales [rows] as [rows, 1], which runtimes fold when they load the model: a product shares them as they are stored. */
function asColumn({ scale }: StoredWeight, node: Node, { rewriter }: TableContext): string {
  const shape = rewriter.constant('column', () => ModelTensor.of('int64', [2], BigInt64Array.of(-1n, 1n)), 'column');
  return rewriter.insert(node, 'Reshape', [scale, shape], { output: `${scale}_column` });
}
