// What a comparison of two models has summed up.
import type { Estimate } from '../../statistics';
import { Agreement, type PairErrors, PairSums } from '../metrics';
import type { TensorValue } from '../model';
import type { TensorPair } from './counterparts';

/** One tensor of both models, with every node run as it stands in its model. */
export interface LayerComparison extends PairErrors {
  /** Its name in a. */
  readonly tensor: string;
  /** What stands for it in b. */
  readonly counterpart: string;
  /** The node of a that writes it, and its operator; undefined for inputs. */
  readonly node: string | undefined;
  readonly opType: string | undefined;
}

/** One output of both models, as the runtime optimizes them. */
export interface OutputComparison extends PairErrors {
  readonly output: string;
  /** Rows along the last axis that are largest at the same place; undefined for outputs of less than two axes. */
  readonly agreement: Estimate | undefined;
}

/** Takes in a tensor of a sample: x of the first model, y of the second. */
export type AddPair = (pair: TensorPair, x: Float32Array, y: Float32Array, value: TensorValue) => void;

/** What a comparison has summed up so far. */
export class Comparison {
  readonly #layers = new Map<string, { pair: TensorPair; sums: PairSums }>();
  readonly #outputs = new Map<string, { sums: PairSums; agreement: Agreement }>();

  readonly addLayer: AddPair = (pair, x, y) => {
    const entry = this.#layers.get(pair.tensor) ?? { pair, sums: new PairSums() };
    this.#layers.set(pair.tensor, entry);
    entry.sums.add(x, y);
  };

  readonly addOutput: AddPair = (pair, x, y, { dims }) => {
    const entry = this.#outputs.get(pair.tensor) ?? { sums: new PairSums(), agreement: new Agreement() };
    this.#outputs.set(pair.tensor, entry);
    entry.sums.add(x, y);
    entry.agreement.add(x, y, dims);
  };

  get layers(): LayerComparison[] {
    return Array.from(this.#layers.values(), ({ pair: { tensor, counterpart, node }, sums }) => ({
      tensor,
      counterpart,
      node: node === undefined ? undefined : node.name || tensor,
      opType: node?.opType,
      ...sums.errors,
    }));
  }

  get outputs(): OutputComparison[] {
    return Array.from(this.#outputs, ([output, { sums, agreement }]) => ({
      output,
      agreement: agreement.share,
      ...sums.errors,
    }));
  }
}
