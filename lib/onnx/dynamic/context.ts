// What the passes of one dynamic quantization share.
import { attribute, type Graph, GraphIndex, type Node } from '../model';
import { ByteWeights, GraphRewriter, matrixOf } from '../rewrite';
import { settingsOf } from '../selection';
import { installedTarget, profileOf } from '../targets';
import { DynamicActivations } from './activations';
import type { DynamicOptions } from './dynamic_options';

export interface DynamicSettings {
  readonly keepsFloat: boolean;
  readonly perChannel: boolean;
  readonly reduceRange: boolean;
}

export class DynamicContext {
  readonly index: GraphIndex;
  readonly rewriter: GraphRewriter;
  readonly weights: ByteWeights;
  readonly activations: DynamicActivations;
  readonly options: DynamicOptions;
  /** onnxruntime computes constants once, when it loads the model, and has kernels of its own to look out for. */
  readonly folds: boolean;
  readonly settings: (node: Node) => DynamicSettings;
  readonly #inOrder: ReadonlySet<string>;
  readonly #transposes = new Map<string, string>();

  constructor(graph: Graph, options: DynamicOptions) {
    this.index = new GraphIndex(graph);
    this.rewriter = new GraphRewriter(graph);
    this.weights = new ByteWeights(this.rewriter);
    this.activations = new DynamicActivations(this.rewriter);
    this.options = options;
    this.folds = profileOf(options.target ?? installedTarget()).engine === 'onnxruntime';
    const own = settingsOf(options);
    this.settings = (node) => {
      const { keep, perChannel, reduceRange } = own(node);
      return {
        keepsFloat: keep === 'float',
        perChannel: perChannel ?? options.perChannel ?? true,
        reduceRange: reduceRange ?? options.reduceRange ?? false,
      };
    };
    this.#inOrder = options.tables === false ? new Set() : this.#tables(graph);
  }

  /** True for a matrix that a Gather reads as well: it keeps the order in which it is stored. */
  keepsOrder(name: string): boolean {
    return this.#inOrder.has(name);
  }

  /** The transpose of stored values, placed once. */
  transposed(values: string, place: Node): string {
    const known = this.#transposes.get(values);
    if (known !== undefined) return known;
    const attributes = { perm: attribute.ints([1, 0]) };
    const name = this.rewriter.insert(place, 'Transpose', [values], { output: `${values}_t`, attributes });
    this.#transposes.set(values, name);
    return name;
  }

  #tables(graph: Graph): ReadonlySet<string> {
    const tables = graph.nodes.filter((node) => node.is('Gather') && !this.settings(node).keepsFloat);
    const found = tables.map((node) => matrixOf(this.index, node.inputs[0]!));
    return new Set(found.flatMap((use) => (use === undefined || use.transposed ? [] : [use.name])));
  }
}
