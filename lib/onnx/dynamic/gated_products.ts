// Products of gated activations, such as a decoder's down projection behind silu(x · G) * (x · U).
import type { GraphIndex, Node } from '../model';
import { productOfNode } from '../rewrite';

/** Operators that an activation function may consist of. */
const ELEMENTWISE = new Set(
  'Add Clip Div Erf Exp Gelu HardSigmoid HardSwish LeakyRelu Mul Neg Pow Relu Sigmoid Softplus Sub Swish Tanh'.split(
    ' ',
  ),
);

/** Farther back nothing is followed. */
const LARGEST_DEPTH = 8;

/**
 * True for a product whose activations are the product of two others, from products of their own or parts of a Split: both
 * have outliers, and where they meet, a token's values can be a hundred times those of the others.
 */
export function readsGated(node: Node, index: GraphIndex): boolean {
  const product = productOfNode(node, index);
  if (typeof product === 'string' || product.inputTransposed || product.bias !== undefined) return false;
  const gate = index.producer(product.input);
  if (gate === undefined || !gate.is('Mul')) return false;
  const [left, right] = gate.inputs.map((name) => sourcesOf(name, index, LARGEST_DEPTH)) as [Set<string>, Set<string>];
  return left.size > 0 && right.size > 0 && [...left].some((source) => !right.has(source));
}

/** The outputs of products and Splits that a tensor is computed from, value by value. */
function sourcesOf(name: string, index: GraphIndex, depth: number): Set<string> {
  const node = index.producer(name);
  if (node === undefined || depth === 0) return new Set();
  if (['MatMul', 'Gemm', 'Split', 'Slice'].some((type) => node.is(type))) return new Set([name]);
  if (!ELEMENTWISE.has(node.opType)) return new Set();
  return new Set(node.inputs.flatMap((input) => [...sourcesOf(input, index, depth - 1)]));
}
