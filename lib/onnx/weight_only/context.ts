// What the passes of one quantization of weights share.
import { type BlockWeights, roundBlocks, roundToNearest, weightError } from '../../weights';
import type { TensorParams } from '../decisions';
import { type Graph, GraphIndex } from '../model';
import { ByteWeights, GraphRewriter, isHeld, type MatrixUse, matrixOf, valuesOf } from '../rewrite';
import type { WeightSettings } from './weight_only_options';

/** How a layer's weights were stored, for its decision. */
export interface StoredLayer {
  readonly form: 'int8' | 'int4';
  readonly tensor: string;
  readonly params: TensorParams;
  readonly sqnr: number;
  readonly reason?: string;
}

export class WeightContext {
  readonly index: GraphIndex;
  readonly rewriter: GraphRewriter;
  readonly weights: ByteWeights;
  readonly settings: WeightSettings;
  /** Matrices that a Gather reads. */
  readonly tables: ReadonlySet<string>;
  readonly #blocks = new Map<string, { readonly weights: BlockWeights; readonly sqnr: number }>();

  constructor(graph: Graph, settings: WeightSettings) {
    this.index = new GraphIndex(graph);
    this.rewriter = new GraphRewriter(graph);
    this.weights = new ByteWeights(this.rewriter);
    this.settings = settings;
    const gathers = settings.tables
      ? graph.nodes.filter((node) => node.is('Gather') && !settings.keepsFloat(node))
      : [];
    const uses = gathers.map((node) => matrixOf(this.index, node.inputs[0]!));
    this.tables = new Set(uses.flatMap((use) => (use === undefined || use.transposed ? [] : [use.name])));
  }

  /** A matrix in blocks along its rows, as [outputs, k]; each is quantized once. */
  inBlocks(use: MatrixUse, block: number): { readonly weights: BlockWeights; readonly sqnr: number } {
    const key = JSON.stringify([use.name, use.transposed, block]);
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    const { type, symmetric, clip } = this.settings;
    const matrix = matrixOfUse(use);
    const weights = roundToNearest(matrix, { type, block, symmetric, clip });
    const { sqnr } = weightError(matrix, weights);
    const found = { weights: isHeld(use.tensor) ? weights : withoutValues(weights, use), sqnr };
    this.#blocks.set(key, found);
    return found;
  }
}

/** Weights whose values are rounded again, from the floats, each time they are asked for. */
function withoutValues({ values: _, ...parameters }: BlockWeights, use: MatrixUse): BlockWeights {
  return {
    ...parameters,
    get values() {
      return roundBlocks(matrixOfUse(use), parameters);
    },
  };
}

function matrixOfUse(use: MatrixUse) {
  const [stored, other] = use.tensor.dims as [number, number];
  const [rows, columns] = use.transposed ? [other, stored] : [stored, other];
  return { data: valuesOf(use), rows, columns };
}
