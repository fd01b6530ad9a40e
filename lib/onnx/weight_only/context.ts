// What the passes of one quantization of weights share.

import type { AnyQParams } from '../../quantize';
import { type BlockWeights, roundBlocks, roundToNearest, weightError } from '../../weights';
import type { TensorParams } from '../decisions';
import { onnxError } from '../errors';
import { type Graph, GraphIndex, type Node } from '../model';
import { ByteWeights, GraphRewriter, isHeld, type MatrixUse, matrixOf, transposeMatrix, valuesOf } from '../rewrite';
import { storedParams } from './layer_params';
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
  inBlocks(use: MatrixUse, block: number, node: Node): { readonly weights: BlockWeights; readonly sqnr: number } {
    const key = JSON.stringify([use.name, use.transposed, block]);
    const known = this.#blocks.get(key);
    if (known !== undefined) return known;
    const { type, symmetric, clip } = this.settings;
    const matrix = matrixOfUse(use);
    const nearest = roundToNearest(matrix, { type, block, symmetric, clip });
    const given = this.#given(use, nearest, node);
    const weights = given === undefined ? nearest : { ...nearest, values: given };
    const { sqnr } = weightError(matrix, weights);
    const isKept = given !== undefined || isHeld(use.tensor);
    const found = { weights: isKept ? weights : withoutValues(weights, use), sqnr };
    this.#blocks.set(key, found);
    return found;
  }

  /** How the options round the weights of a node with parameters that are known by then. */
  rounding(
    node: Node,
    { name, tensor }: MatrixUse,
  ): ((params: AnyQParams) => Int8Array | Uint8Array | undefined) | undefined {
    const { roundWeights } = this.settings;
    if (roundWeights === undefined) return undefined;
    const { dims } = tensor;
    return (params) =>
      checkedRounding(name, tensor.size, roundWeights({ node, name, dims, weights: tensor.floats(), params }));
  }

  /** Rounded weights of the options, row by row as the blocks lie. */
  #given(use: MatrixUse, weights: BlockWeights, node: Node): Int8Array | Uint8Array | undefined {
    const { type, scale, zeroPoint, axis, block } = storedParams(use, weights);
    const values = this.rounding(node, use)?.({ type, scale, zeroPoint, granularity: { axis, block } });
    const [rows, columns] = use.tensor.dims as [number, number];
    return values !== undefined && use.transposed ? transposeMatrix(values, rows, columns) : values;
  }
}

function checkedRounding<T extends Int8Array | Uint8Array | undefined>(name: string, size: number, values: T): T {
  if (values !== undefined && values.length !== size)
    throw onnxError('ERR_SHAPE', `roundWeights gave ${values.length} values for the ${size} of '${name}'`, {
      tensor: name,
    });
  return values;
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
