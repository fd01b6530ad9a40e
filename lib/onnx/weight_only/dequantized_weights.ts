// Weights of MatMul, Gemm and Conv behind a DequantizeLinear.
import { attribute, ModelTensor, type Node } from '../model';
import {
  foldedWeights,
  type GraphRewriter,
  type MatrixUse,
  type Product,
  type StoredWeight,
  storeFilters,
} from '../rewrite';
import type { StoredLayer, WeightContext } from './context';
import { layerOfBlocks, paramsOf } from './layer_params';
import { asColumns } from './matrix_layouts';
import { is4Bit } from './weight_only_options';

/**
 * Puts a DequantizeLinear before the weights of a product, [k, n] along k in blocks, or with one scale for each column. Gemm
 * then reads them untransposed. Each product has a DequantizeLinear of its own, as onnxruntime's fusion to MatMulNBits asks;
 * the stored weights are shared.
 */
export function dequantizeProduct(product: Product, context: WeightContext): StoredLayer {
  const { node } = product;
  const { block } = context.settings;
  const shared = product.weight.transposed && context.tables.has(product.weight.name);
  const found =
    block === undefined || shared ? channelWeights(product, shared, context) : blockWeights(product, block, context);
  const changed = node.clone();
  changed.inputs[1] = found.name;
  if (node.is('Gemm')) changed.attributes.delete('transB');
  context.rewriter.replace(node, [changed]);
  return found.layer;
}

interface Found {
  readonly name: string;
  readonly layer: StoredLayer;
}

/** int8 with one scale for each output; those that a table shares stay as that is stored, behind a Transpose. */
function channelWeights({ node, weight }: Product, shared: boolean, context: WeightContext): Found {
  const { rewriter, settings } = context;
  const axis = weight.transposed ? 0 : 1;
  const type = settings.type === 'uint8' && !shared ? 'uint8' : 'int8';
  const rows = { ...weight, transposed: !weight.transposed };
  const stored =
    shared || context.methodOf(rows, node) === undefined
      ? context.weights.store(weight.name, weight.tensor, {
          axis,
          type,
          flip: weight.transposed && !shared,
          round: context.rounding(node, weight),
        })
      : chosenChannels(rows, node, context);
  const values = shared
    ? rewriter.insert(node, 'Transpose', [stored.values], {
        output: `${stored.values}_t`,
        attributes: { perm: attribute.ints([1, 0]) },
      })
    : stored.values;
  const name =
    settings.format === 'folded'
      ? foldedProduct(node, values, stored, rewriter)
      : dequantized(node, { stored, values, axis: 1 }, context);
  const reason = shared && settings.block !== undefined ? 'a table shares the weights, in 8 bits' : undefined;
  const layer = { form: 'int8', tensor: weight.name, params: paramsOf(stored.params), sqnr: stored.sqnr } as const;
  return { name, layer: reason === undefined ? layer : { ...layer, reason } };
}

/** Rows of [n, k] that a method chose, with a scale each, stored as [k, n]. */
function chosenChannels(rows: MatrixUse, node: Node, context: WeightContext): StoredWeight {
  const { name, tensor, transposed } = rows;
  const [stored, other] = tensor.dims as [number, number];
  const { weights, sqnr } = context.inBlocks(rows, transposed ? stored : other, node);
  const columns = asColumns(weights, tensor);
  const { scale, zeroPoint } = weights;
  const key = (part: string) => `${name}|${transposed}|chosen ${part}`;
  return {
    values: context.rewriter.constant(`${name}_q`, columns.values, key('q')),
    scale: context.rewriter.constant(
      `${name}_scale`,
      () => ModelTensor.of('float32', [scale.length], scale),
      key('scale'),
    ),
    params: { type: weights.type as 'int8' | 'uint8', scale, zeroPoint, granularity: { axis: transposed ? 1 : 0 } },
    sqnr,
  };
}

/** W [k, n] with one scale for each column. */
function foldedProduct(node: Node, values: string, stored: StoredWeight, rewriter: GraphRewriter): string {
  return foldedWeights(node, { stored: { ...stored, values }, rank: 2, axis: 1 }, rewriter);
}

/** uint8 has the zero point 128 for every channel. */
function zeroPointOf({ params, values }: StoredWeight, { rewriter }: WeightContext): string[] {
  if (params.type === 'int8') return [];
  const zeroPoint = () => ModelTensor.of('uint8', [params.scale.length], Uint8Array.from(params.zeroPoint));
  return [rewriter.constant(`${values}_zp`, zeroPoint, `${values}_zp`)];
}

function blockWeights({ node, weight }: Product, block: number, context: WeightContext): Found {
  const { rewriter } = context;
  const rows = { ...weight, transposed: !weight.transposed };
  const { weights, sqnr } = context.inBlocks(rows, block, node);
  const columns = asColumns(weights, weight.tensor);
  const base = weight.name;
  const key = (part: string) => `${base}|${weight.transposed}|${part}`;
  const inputs = [
    rewriter.constant(`${base}_q`, columns.values, key('q')),
    rewriter.constant(`${base}_scale`, columns.scale, key('scale')),
    ...(columns.zeroPoint === undefined ? [] : [rewriter.constant(`${base}_zp`, columns.zeroPoint, key('zp'))]),
  ];
  const name = rewriter.insert(node, 'DequantizeLinear', inputs, {
    output: `${base}_dq`,
    attributes: { axis: attribute.int(0), block_size: attribute.int(weights.block) },
  });
  return { name, layer: layerOfBlocks(rows, weights, sqnr) };
}

/** Filters in 8 bits with one scale for each output channel; in float again when the model is loaded, or when it runs. */
export function dequantizeFilters(node: Node, context: WeightContext): StoredLayer | string {
  const filters = storeFilters(node, context);
  if (typeof filters === 'string') return filters;
  const { stored, name, axis } = filters;
  const changed = node.clone();
  changed.inputs[1] = context.settings.folds
    ? foldedWeights(node, filters, context.rewriter)
    : dequantized(node, { stored, values: stored.values, axis }, context);
  context.rewriter.replace(node, [changed]);
  const layer = { form: 'int8', tensor: name, params: paramsOf(stored.params), sqnr: stored.sqnr } as const;
  return is4Bit(context.settings.type) ? { ...layer, reason: 'filters have 8 bits' } : layer;
}

interface Dequantized {
  readonly stored: StoredWeight;
  readonly values: string;
  readonly axis: number;
}

function dequantized(node: Node, { stored, values, axis }: Dequantized, context: WeightContext): string {
  return context.rewriter.insert(node, 'DequantizeLinear', [values, stored.scale, ...zeroPointOf(stored, context)], {
    output: `${stored.values}_dq`,
    attributes: { axis: attribute.int(axis) },
  });
}
