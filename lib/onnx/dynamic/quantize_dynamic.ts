// Dynamic quantization: weights in 8 bits in the file, activations when the model runs.
import { isOctavoError } from '../../errors';
import { checkOneOf } from '../../validate';
import type { LayerDecision, QuantizedModel } from '../decisions';
import type { GraphIndex, Model, Node } from '../model';
import { raiseIfBelow } from '../opset';
import {
  compactConstants,
  foldedWeights,
  matrixOf,
  productOfNode,
  quantizeTable,
  type StoredWeight,
  storeFilters,
  sumResiduals,
  tieWeights,
} from '../rewrite';
import { nameOf, settingsOf } from '../selection';
import { DynamicContext } from './context';
import type { DynamicOptions } from './dynamic_options';
import { readsGated } from './gated_products';
import { quantizeConvolution } from './integer_convolution';
import { quantizeActivationProduct, quantizeProduct } from './integer_product';
import { scaleRows } from './row_scales';

/** DynamicQuantizeLinear is of this version of the operator set. */
const LEAST_OPSET = 11;

/** A product without weights that runs on integers. */
const ON_INTEGERS = { onIntegers: true } as const;

const SLOW_CONVOLUTION = {
  reason: 'dynamic convolutions run slower than float ones',
  rule: 'Q021',
  remedy: 'quantize it statically, with calibration data',
} as const;
const NO_KERNEL = { reason: 'there is no integer kernel for it', rule: 'Q020' } as const;

/** What became of a node: its weights in 8 bits, no weights but integers, or why it stays in float. */
type Outcome = StoredWeight | typeof ON_INTEGERS | Omit<LayerDecision, 'node' | 'opType' | 'form' | 'tensors'>;

/**
 * Quantizes MatMul and Gemm with constant weights to MatMulInteger: int8 weights, symmetric, and activations that are
 * quantized to uint8 by their own range in each run, once for all that read them. The nodes stand as onnxruntime fuses them
 * to DynamicQuantizeMatMul and MatMulIntegerToFloat. Tables of Gather are stored as int8 with a scale for each row; matrices
 * that the model holds twice, or as each other's transpose, are stored once. For onnxruntime, residuals before layer normalizations become Sum, which computes the same and runs faster there.
 * Needs no calibration.
 *
 * @param model is not changed
 * @returns the new model, and a decision for each node with weights: those left in float have a reason
 * @throws ERR_DTYPE for options of the wrong kind; ERR_RANGE for an unknown target; ERR_FILE for weights that cannot be read
 */
export function quantizeDynamic(model: Model, options: DynamicOptions = {}): QuantizedModel {
  const result = raiseIfBelow(model, LEAST_OPSET).clone();
  tieWeights(result.graph);
  scaleRowsOf(result, options);
  const context = new DynamicContext(result.graph, options);
  const decisions = result.graph.nodes.flatMap((node) => decide(node, context));
  context.rewriter.finish();
  compactConstants(result.graph);
  if (context.folds) sumResiduals(result.graph, result.opset);
  return { model: result, decisions };
}

/** Products with scales for their rows, before anything is quantized. */
function scaleRowsOf(model: Model, options: DynamicOptions): void {
  const which = checkOneOf('rowScales', options.rowScales ?? 'gated', ['gated', 'all', 'none']);
  if (which === 'none') return;
  const settings = settingsOf(options);
  scaleRows(model, (node, index) => {
    if (!(node.is('MatMul') || node.is('Gemm')) || settings(node).keep === 'float') return false;
    return which === 'gated' ? readsGated(node, index) : hasRows(node, index);
  });
}

/** A product with constant weights and nothing that would be multiplied with its rows. */
function hasRows(node: Node, index: GraphIndex): boolean {
  const product = productOfNode(node, index);
  return typeof product !== 'string' && !product.inputTransposed && product.bias === undefined;
}

function decide(node: Node, context: DynamicContext): LayerDecision[] {
  if (!isLayer(node, context)) return [];
  const named = { node: nameOf(node), opType: node.opType };
  const outcome = outcomeOf(node, context);
  if ('onIntegers' in outcome) return [{ ...named, form: 'int8', tensors: {} }];
  if (!('params' in outcome)) return [{ ...named, form: 'float32', ...outcome, tensors: {} }];
  const { params, sqnr } = outcome;
  const axis = params.granularity === 'tensor' ? {} : { axis: params.granularity.axis };
  const { type, scale, zeroPoint } = params;
  return [{ ...named, form: 'int8', sqnr, tensors: { [weightOf(node)]: { type, scale, zeroPoint, ...axis } } }];
}

/** Of Gathers those that read a constant matrix of floats. */
function isLayer(node: Node, { index }: DynamicContext): boolean {
  if (node.is('Gather')) return matrixOf(index, node.inputs[0] ?? '')?.tensor.type === 'float32';
  return ['MatMul', 'Gemm', 'Conv', 'ConvTranspose'].some((type) => node.is(type));
}

const weightOf = (node: Node): string => node.inputs[node.is('Gather') ? 0 : 1]!;

function outcomeOf(node: Node, context: DynamicContext): Outcome {
  if (context.settings(node).keepsFloat) return { reason: 'excluded by the options' };
  try {
    const outcome = quantizeNode(node, context);
    return typeof outcome === 'string' ? { reason: outcome } : outcome;
  } catch (error) {
    // Weights that hold NaN or infinities have no range.
    if (isOctavoError(error) && error.code === 'ERR_RANGE') return { reason: error.message };
    throw error;
  }
}

function quantizeNode(node: Node, context: DynamicContext): Outcome | string {
  const { options } = context;
  if (node.is('Gather'))
    return options.tables === false
      ? 'tables stay in float'
      : quantizeTable(node, context, context.settings(node).reduceRange);
  if (node.is('Conv')) {
    if (options.convolutions === true) return quantizeConvolution(node, context);
    return foldFilters(node, context, SLOW_CONVOLUTION);
  }
  if (node.is('ConvTranspose')) return foldFilters(node, context, NO_KERNEL);
  const product = productOfNode(node, context.index);
  if (typeof product !== 'string') return quantizeProduct(product, context);
  if (product !== 'both operands are activations') return product;
  if (options.attention !== true)
    return { reason: product, remedy: 'the option attention quantizes products of two activations' };
  if (node.is('Gemm')) return product;
  quantizeActivationProduct(node, context);
  return ON_INTEGERS;
}

/** A convolution that stays in float, with filters that are stored in 8 bits where the runtime folds them. */
function foldFilters(node: Node, context: DynamicContext, why: typeof SLOW_CONVOLUTION | typeof NO_KERNEL): Outcome {
  const filters = context.folds && context.options.filters !== 'float' ? storeFilters(node, context) : 'kept';
  if (typeof filters === 'string') return why;
  const changed = node.clone();
  changed.inputs[1] = foldedWeights(node, filters, context.rewriter);
  context.rewriter.replace(node, [changed]);
  return { ...why, reason: `${why.reason}; its weights are stored in 8 bits`, sqnr: filters.stored.sqnr };
}
