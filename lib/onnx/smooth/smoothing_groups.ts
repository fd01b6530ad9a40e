// Products that read the same activations, and what wrote those.
import type { GraphIndex, Node } from '../model';
import { type Product, productOfNode } from '../rewrite';

/** Activations [.., k] and all the products x · W that read them. */
export interface SmoothingGroup {
  readonly tensor: string;
  readonly k: number;
  readonly products: readonly Product[];
}

/**
 * The activations of MatMul and Gemm with constant weights, in the order of the graph. `keepsFloat` names products that are
 * not to change.
 */
export function smoothingGroups(index: GraphIndex, keepsFloat: (node: Node) => boolean): SmoothingGroup[] {
  const groups = new Map<string, Product[]>();
  for (const node of index.graph.nodes) {
    if ((!node.is('MatMul') && !node.is('Gemm')) || keepsFloat(node)) continue;
    const product = productOfNode(node, index);
    if (typeof product === 'string' || product.inputTransposed || index.constant(product.input) !== undefined) continue;
    groups.set(product.input, [...(groups.get(product.input) ?? []), product]);
  }
  return Array.from(groups, ([tensor, products]) => ({ tensor, k: products[0]!.k, products }));
}
