// Which activations meet a constant matrix, and what is known of them.
import type { GramMatrix } from '../../weights';
import type { GraphIndex } from '../model';
import { type MatrixUse, productOfNode } from '../rewrite';
import type { Selection } from '../selection';
import { settingsOf } from '../selection';

const keyOf = ({ name, transposed }: MatrixUse): string => JSON.stringify([name, transposed]);

/** Names of the activations [.., k] of each matrix, by its use as [n, k]. */
function inputsByUse(index: GraphIndex): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const node of index.graph.nodes) {
    if (!node.is('MatMul') && !node.is('Gemm')) continue;
    const product = productOfNode(node, index);
    if (typeof product === 'string' || product.inputTransposed) continue;
    const key = keyOf({ ...product.weight, transposed: !product.weight.transposed });
    found.set(key, (found.get(key) ?? new Set()).add(product.input));
  }
  return found;
}

/** The tensors that products with constant weights read, without those of nodes that stay in float. */
export function tensorsToMeasure(index: GraphIndex, selection: Selection): string[] {
  const settings = settingsOf(selection);
  const products = index.graph.nodes.filter((node) => node.is('MatMul') || node.is('Gemm'));
  const inputs = products.flatMap((node) => {
    const product = settings(node).keep === 'float' ? '' : productOfNode(node, index);
    return typeof product === 'string' || product.inputTransposed ? [] : [product.input];
  });
  return [...new Set(inputs)].filter((name) => index.constant(name) === undefined);
}

/** Gram matrices of what each matrix of a graph is multiplied with. */
export class ProductInputs {
  readonly #inputs: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #grams: ReadonlyMap<string, GramMatrix>;

  constructor(index: GraphIndex, grams: ReadonlyMap<string, GramMatrix>) {
    this.#inputs = inputsByUse(index);
    this.#grams = grams;
  }

  /** Of all that the rows of [n, k] meet, merged where several products share them; undefined if nothing is known. */
  gramOf(use: MatrixUse): GramMatrix | undefined {
    const inputs = [...(this.#inputs.get(keyOf(use)) ?? [])];
    const [first, ...others] = inputs.flatMap((name) => this.#grams.get(name) ?? []);
    if (first === undefined || first.rows === 0 || others.length === 0) return first;
    return others.reduce((sum, gram) => sum.merge(gram), first.divided(new Float32Array(first.channels).fill(1)));
  }
}
