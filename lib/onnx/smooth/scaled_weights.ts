// Weights of a product with their rows or columns multiplied.
import { intOf, ModelTensor, type Node } from '../model';
import type { GraphRewriter, Product } from '../rewrite';

/** Factors of the rows of W [k, n], or of its columns. */
export type Factors = { readonly rows: Float32Array } | { readonly columns: Float32Array };

/** Gives the node other weights; nodes that share the old ones keep them. */
export function scaleWeights({ node, weight, n, k }: Product, factors: Factors, rewriter: GraphRewriter): void {
  const { name, tensor, transposed } = weight;
  // In storage the index within a line is that of the columns, or of the rows where the transpose is stored.
  const [line, within] = 'rows' in factors ? [factors.rows, transposed] : [factors.columns, !transposed];
  const width = transposed ? k : n;
  const scaled = () => tensor.floats().map((value, i) => value * line[within ? i % width : Math.floor(i / width)]!);
  const stored = rewriter.constant(`${name}_smooth`, () => ModelTensor.computed('float32', tensor.dims, scaled));
  node.inputs[1] = transposed === isFlipped(node) ? stored : transposeOf(stored, node, rewriter);
}

const isFlipped = (node: Node): boolean => node.is('Gemm') && intOf(node, 'transB', 0) !== 0;

const transposeOf = (name: string, node: Node, rewriter: GraphRewriter): string =>
  rewriter.insert(node, 'Transpose', [name], { output: `${name}_t` });
