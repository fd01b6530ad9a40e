// What the passes of one quantization of weights share.

import type { AnyQParams } from '../../quantize';
import {
  type BlockParameters,
  type BlockType,
  type BlockWeights,
  type CodebookType,
  type CodebookWeights,
  roundBlocks,
  roundNearest,
  roundToNearest,
  type StoredWeights,
  type WeightMethod,
  weightError,
} from '../../weights';
import { isCodebookType } from '../../weights/codebook/code_tables';
import type { TensorParams } from '../decisions';
import { onnxError } from '../errors';
import { type Graph, GraphIndex, type Node } from '../model';
import { ByteWeights, GraphRewriter, isHeld, type MatrixUse, matrixOf, transposeMatrix, valuesOf } from '../rewrite';
import { storedParams } from './layer_params';
import { ProductInputs } from './product_inputs';
import type { WeightSettings } from './weight_only_options';

/** How a layer's weights were stored, for its decision. */
export interface StoredLayer {
  readonly form: 'int8' | 'int4';
  readonly tensor: string;
  /** undefined: the values are no integers. */
  readonly params?: TensorParams | undefined;
  readonly sqnr: number;
  readonly reason?: string;
}

interface Chosen<T> {
  readonly weights: T;
  readonly sqnr: number;
}

export class WeightContext {
  readonly index: GraphIndex;
  readonly rewriter: GraphRewriter;
  readonly weights: ByteWeights;
  readonly settings: WeightSettings;
  /** Matrices that a Gather reads. */
  readonly tables: ReadonlySet<string>;
  readonly #chosen = new Map<string, Chosen<StoredWeights>>();
  readonly #inputs: ProductInputs;

  constructor(graph: Graph, settings: WeightSettings) {
    this.index = new GraphIndex(graph);
    this.rewriter = new GraphRewriter(graph);
    this.weights = new ByteWeights(this.rewriter);
    this.settings = settings;
    this.#inputs = new ProductInputs(this.index, settings.grams);
    const gathers = settings.tables
      ? graph.nodes.filter((node) => node.is('Gather') && !settings.keepsFloat(node))
      : [];
    const uses = gathers.map((node) => matrixOf(this.index, node.inputs[0]!));
    this.tables = new Set(uses.flatMap((use) => (use === undefined || use.transposed ? [] : [use.name])));
  }

  /** A matrix in blocks along its rows, as [outputs, k]; each is quantized once. */
  inBlocks(use: MatrixUse, block: number, node: Node): Chosen<BlockWeights> {
    const type = this.settings.type as BlockType;
    const known = () => {
      const method = this.methodOf(use, node);
      return method === undefined
        ? this.#nearest(use, block, node)
        : this.#byMethod<BlockWeights>(method, use, { type, block });
    };
    return this.#once(use, block, known);
  }

  /** A matrix as codes of a table, as [outputs, k]; each is quantized once. */
  inTable(use: MatrixUse, block: number, node: Node): Chosen<CodebookWeights> {
    const type = this.settings.type as CodebookType;
    const method = () => this.methodOf(use, node) ?? roundNearest();
    return this.#once(use, block, () => this.#byMethod<CodebookWeights>(method(), use, { type, block }));
  }

  /** What chooses the weights of a product; undefined for the nearest levels. */
  methodOf(use: MatrixUse, node: Node): WeightMethod | undefined {
    const { method } = this.settings;
    if (method === undefined || node.is('Gather') || this.tables.has(use.name)) return undefined;
    return method.needsGram && this.#inputs.gramOf(use) === undefined ? undefined : method;
  }

  /** Why a product has the nearest levels although the options want another method. */
  whyNearest(use: MatrixUse, node: Node): string | undefined {
    const { method } = this.settings;
    if (method === undefined || this.methodOf(use, node) !== undefined) return undefined;
    return this.tables.has(use.name)
      ? `a table shares the weights: not chosen by ${method.name}`
      : `no samples of its inputs: not chosen by ${method.name}`;
  }

  #once<T extends StoredWeights>(use: MatrixUse, block: number, choose: () => Chosen<T>): Chosen<T> {
    const key = JSON.stringify([use.name, use.transposed, block]);
    const chosen = (this.#chosen.get(key) as Chosen<T> | undefined) ?? choose();
    this.#chosen.set(key, chosen);
    return chosen;
  }

  #byMethod<T extends StoredWeights>(
    method: WeightMethod,
    use: MatrixUse,
    { type, block }: { type: BlockType | CodebookType; block: number },
  ): Chosen<T> {
    const { symmetric, clip } = this.settings;
    const matrix = matrixOfUse(use);
    const scheme = isCodebookType(type)
      ? { type, block, doubleQuantization: false }
      : { type, block, symmetric: symmetric || this.settings.block === undefined, clip };
    const { weights } = method.quantize({ matrix, scheme, gram: this.#inputs.gramOf(use) });
    return { weights: weights as T, sqnr: weightError(matrix, weights).sqnr };
  }

  #nearest(use: MatrixUse, block: number, node: Node): Chosen<BlockWeights> {
    const { symmetric, clip } = this.settings;
    const matrix = matrixOfUse(use);
    const nearest = roundToNearest(matrix, { type: this.settings.type as BlockType, block, symmetric, clip });
    const given = this.#given(use, nearest, node);
    const weights = given === undefined ? nearest : { ...nearest, values: given };
    const { sqnr } = weightError(matrix, weights);
    const isKept = given !== undefined || isHeld(use.tensor);
    return { weights: isKept ? weights : withoutValues(weights, use), sqnr };
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
function withoutValues({ values: _, ...rest }: BlockWeights, use: MatrixUse): BlockWeights {
  const parameters: BlockParameters = rest;
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
