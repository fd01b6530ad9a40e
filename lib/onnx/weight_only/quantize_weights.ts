// Quantization of weights alone: smaller files, and activations as they were.
import { isOctavoError } from '../../errors';
import type { LayerDecision, QuantizedModel } from '../decisions';
import type { Model, Node } from '../model';
import { raiseIfBelow } from '../opset';
import { compactConstants, matrixOf, type Product, productOfNode, quantizeTable, tieWeights } from '../rewrite';
import { nameOf } from '../selection';
import { toMatMulBnb4 } from './bnb4_product';
import { type StoredLayer, WeightContext } from './context';
import { dequantizeFilters, dequantizeProduct } from './dequantized_weights';
import { paramsOf } from './layer_params';
import { toMatMulNBits } from './nbits_product';
import { gatherNBits, MICROSOFT } from './nbits_storage';
import { is4Bit, resolveOptions, type WeightOnlyOptions } from './weight_only_options';

/** Blocks and 4-bit types came with opset 21 and IR version 10; axes with opset 13. */
const BLOCK_OPSET = 21;
const BLOCK_IR = 10;
const AXIS_OPSET = 13;

/**
 * Stores constant weights of MatMul, Gemm and Gather in 8 or 4 bits, rounded to the nearest level of their block or as the
 * method says, and filters of Conv in 8 bits; activations stay in float. Matrices that the model holds twice, or as each other's transpose, are
 * stored once. Without a method that needs them no samples are asked for.
 *
 * onnxruntime runs a MatMul behind a DequantizeLinear as MatMulNBits, with accuracy level 4 unless its session option
 * `session.qdq_matmulnbits_accuracy_level` says otherwise: activations are rounded to 8 bits then. The format matmulnbits
 * states the level in the model.
 *
 * @param model is not changed
 * @returns the new model, and a decision for each node with weights: their signal to noise ratio, or why they are left
 * @throws ERR_DTYPE or ERR_RANGE for malformed options; ERR_FILE for weights that cannot be read
 */
export function quantizeWeights(model: Model, options: WeightOnlyOptions = {}): QuantizedModel {
  const settings = resolveOptions(options);
  const inBlocks = settings.format === 'qdq' && settings.block !== undefined;
  const result = raiseIfBelow(model, inBlocks ? BLOCK_OPSET : AXIS_OPSET).clone();
  if (inBlocks) result.irVersion = Math.max(result.irVersion, BLOCK_IR);
  tieWeights(result.graph);
  const context = new WeightContext(result.graph, settings);
  const decisions = result.graph.nodes.flatMap((node) => decide(node, context));
  context.rewriter.finish();
  compactConstants(result.graph);
  if (result.graph.nodes.some(({ domain }) => domain === MICROSOFT) && !result.opsets.has(MICROSOFT))
    result.opsets.set(MICROSOFT, 1);
  return { model: result, decisions };
}

function decide(node: Node, context: WeightContext): LayerDecision[] {
  if (!isLayer(node, context)) return [];
  const named = { node: nameOf(node), opType: node.opType };
  const outcome = outcomeOf(node, context);
  if (typeof outcome === 'string') return [{ ...named, form: 'float32', reason: outcome, tensors: {} }];
  const { form, sqnr, tensor, params, reason } = outcome;
  const tensors = params === undefined ? {} : { [tensor]: params };
  return [{ ...named, form, sqnr, ...(reason === undefined ? {} : { reason }), tensors }];
}

/** Of Gathers those that read a constant matrix of floats; of products those with a constant. */
function isLayer(node: Node, { index }: WeightContext): boolean {
  if (node.is('Gather')) return matrixOf(index, node.inputs[0] ?? '')?.tensor.type === 'float32';
  return ['MatMul', 'Gemm', 'Conv', 'ConvTranspose'].some((type) => node.is(type));
}

function outcomeOf(node: Node, context: WeightContext): StoredLayer | string {
  if (context.settings.keepsFloat(node)) return 'excluded by the options';
  try {
    return storeLayer(node, context);
  } catch (error) {
    // Weights that hold NaN or infinities have no range.
    if (isOctavoError(error) && error.code === 'ERR_RANGE') return error.message;
    throw error;
  }
}

function storeLayer(node: Node, context: WeightContext): StoredLayer | string {
  if (node.is('Gather')) return storeTable(node, context);
  if (node.is('Conv') || node.is('ConvTranspose')) return dequantizeFilters(node, context);
  const product = productOfNode(node, context.index);
  if (typeof product === 'string') return product;
  const { weight } = product;
  const reason = context.whyNearest({ ...weight, transposed: !weight.transposed }, node);
  const stored = storeProduct(product, context);
  return reason === undefined || typeof stored === 'string' ? stored : { reason, ...stored };
}

function storeProduct(product: Product, context: WeightContext): StoredLayer | string {
  const { format, block } = context.settings;
  if (format === 'matmulnbits') return toMatMulNBits(product, block!, context);
  if (format === 'matmulbnb4') return toMatMulBnb4(product, block!, context);
  return dequantizeProduct(product, context);
}

function storeTable(node: Node, context: WeightContext): StoredLayer | string {
  const { settings, index } = context;
  if (!settings.tables) return 'tables stay in float';
  if (settings.format === 'matmulnbits') return gatherNBits(node, settings.block!, context);
  const stored = quantizeTable(node, context);
  if (typeof stored === 'string') return stored;
  const { name } = matrixOf(index, node.inputs[0]!)!;
  const layer = { form: 'int8', tensor: name, params: paramsOf(stored.params), sqnr: stored.sqnr } as const;
  return is4Bit(settings.type) ? { ...layer, reason: 'Gather reads whole bytes' } : layer;
}
