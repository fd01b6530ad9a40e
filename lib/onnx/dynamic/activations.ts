// Activations that are quantized when the model runs.
import { attribute, Node } from '../model';
import type { GraphRewriter } from '../rewrite';

/** Names of an activation's uint8 values, its scale and its zero point, both scalars. */
export interface QuantizedActivation {
  readonly values: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

/** Quantizes each activation once, before the first node that asks for it, however many read it. */
export class DynamicActivations {
  readonly #rewriter: GraphRewriter;
  readonly #known = new Map<string, QuantizedActivation>();

  constructor(rewriter: GraphRewriter) {
    this.#rewriter = rewriter;
  }

  /** Call it for nodes in the graph's order: what is placed before one serves those behind it. */
  quantize(name: string, place: Node, transposed = false): QuantizedActivation {
    const key = `${transposed ? 'T' : ' '}${name}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const input = transposed
      ? this.#rewriter.insert(place, 'Transpose', [name], {
          output: `${name}_t`,
          attributes: { perm: attribute.ints([1, 0]) },
        })
      : name;
    const quantized = {
      values: this.#rewriter.fresh(`${name}_q`),
      scale: this.#rewriter.fresh(`${name}_scale`),
      zeroPoint: this.#rewriter.fresh(`${name}_zp`),
    };
    const outputs = [quantized.values, quantized.scale, quantized.zeroPoint];
    this.#rewriter.insertNode(place, new Node({ opType: 'DynamicQuantizeLinear', inputs: [input], outputs }));
    this.#known.set(key, quantized);
    return quantized;
  }
}
