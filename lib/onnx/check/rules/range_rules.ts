// Q028 to Q032: whether values and sums fit the integers that hold them.
import type { ElementType, Node } from '../../model';
import type { Finding } from '../check_result';
import { nodeName } from '../node_name';
import { INTEGER_LIMITS, isDq, isQ, type Quantization, quantizationOf, scalarsOf } from '../ort/quantization';
import { accumulatorBound, LARGEST_SAFE_WEIGHT } from '../saturation';
import { found, type RuleContext } from './rule_context';

const WEIGHTED = new Set(['Conv', 'Gemm', 'MatMul', 'QLinearConv', 'QLinearMatMul', 'QGemm', 'MatMulInteger']);
/** Where the weights of an operator are among its inputs. */
const WEIGHT_INPUT: Readonly<Record<string, number>> = { QLinearConv: 3, QLinearMatMul: 3, QGemm: 3 };
const BIAS_INPUT: Readonly<Record<string, number>> = { QLinearConv: 8, QGemm: 6 };

/** The constant integers at an input, through a DQ where there is one. */
function integersAt({ graph, index }: RuleContext, node: Node, input: number) {
  const name = node.inputs[input];
  const producer = graph.producer(name);
  const source = isDq(producer) ? producer.inputs[0] : name;
  const tensor = source === undefined ? undefined : index.constant(source);
  return tensor === undefined ? undefined : { name: source as string, tensor };
}

const isByte = (type: ElementType): boolean => type === 'int8' || type === 'uint8';

/** Operators whose weights lie as [k, n]: channels are the last axis. */
const isColumnar = (node: Node, dims: readonly number[]): boolean => dims.length === 2 && !node.opType.includes('Conv');

function* weightFindings(context: RuleContext, node: Node): Iterable<Finding> {
  const weights = integersAt(context, node, WEIGHT_INPUT[node.opType] ?? 1);
  if (weights === undefined || !isByte(weights.tensor.type)) return;
  const values = weights.tensor.array() as Int8Array | Uint8Array;
  const place = { node: nodeName(node), tensor: weights.name };
  if (weights.tensor.type === 'int8') {
    let largest = 0;
    for (const value of values) largest = Math.max(largest, Math.abs(value));
    if (largest > LARGEST_SAFE_WEIGHT)
      yield found(
        'Q028',
        `weights of ${node.label} reach ${largest}: pairs of products may saturate on CPUs without VNNI`,
        place,
      );
  }
  const bias = integersAt(context, node, BIAS_INPUT[node.opType] ?? 2);
  const biases = bias?.tensor.type === 'int32' ? (bias.tensor.array() as Int32Array) : undefined;
  const bound = accumulatorBound(values, weights.tensor.dims, isColumnar(node, weights.tensor.dims), biases);
  if (bound >= 2 ** 31) yield found('Q029', `sums of ${node.label} may reach ${bound}, beyond int32`, place);
}

/** Weights further apart than this share a scale badly. */
const WORST_RATIO = 2 ** 6;

function magnitudeOf(quantization: Quantization): number | undefined {
  const scalars = scalarsOf(quantization);
  const limits = quantization.type === undefined ? undefined : INTEGER_LIMITS[quantization.type];
  if (scalars === undefined || limits === undefined) return undefined;
  const { scale, zeroPoint } = scalars;
  return scale * Math.max(limits[1] - zeroPoint, zeroPoint - limits[0]);
}

function* concatFindings({ graph }: RuleContext, node: Node): Iterable<Finding> {
  const dqs = node.inputs.map((name) => graph.producer(name)).filter(isDq);
  const magnitudes = dqs.map((dq) => magnitudeOf(quantizationOf(graph, dq))).filter((value) => value !== undefined);
  if (magnitudes.length < 2 || !isQ(graph.onlyReader(node.outputs[0]))) return;
  const [least, most] = [Math.min(...magnitudes), Math.max(...magnitudes)];
  if (most > least * WORST_RATIO)
    yield found(
      'Q030',
      `inputs of ${node.label} reach ${least.toPrecision(3)} and ${most.toPrecision(3)}, and share one scale behind it`,
      {
        node: nodeName(node),
        tensor: node.outputs[0],
      },
    );
}

/** Zero points that are no integers, which only MatMulNBits can have. */
function* zeroFindings({ index }: RuleContext, node: Node): Iterable<Finding> {
  const name = node.opType === 'MatMulNBits' ? (node.inputs[3] ?? '') : '';
  const tensor = name === '' ? undefined : index.constant(name);
  if (tensor?.type !== 'float32') return;
  if (tensor.floats().some((value) => !Number.isInteger(value)))
    yield found('Q031', `zero points of ${node.label} are no integers: 0 is not among its weights`, {
      node: nodeName(node),
      tensor: name,
    });
}

/** How far the range behind a Softmax or Sigmoid may be from 1. */
const PINNED_TOLERANCE = 0.02;

function* pinnedFindings({ graph }: RuleContext, node: Node): Iterable<Finding> {
  const q = graph.onlyReader(node.outputs[0]);
  if (!isQ(q)) return;
  const quantization = quantizationOf(graph, q);
  const scalars = scalarsOf(quantization);
  const limits = quantization.type === undefined ? undefined : INTEGER_LIMITS[quantization.type];
  if (scalars === undefined || limits === undefined) return;
  const width = scalars.scale * (limits[1] - limits[0] + 1);
  const place = { node: nodeName(node), tensor: node.outputs[0] };
  if (scalars.zeroPoint !== limits[0] || Math.abs(width - 1) > PINNED_TOLERANCE)
    yield found(
      'Q032',
      `the output of ${node.label} is quantized over a range of ${width.toPrecision(3)}, with the zero point ${scalars.zeroPoint}`,
      place,
    );
}

export function* rangeRules(context: RuleContext): Iterable<Finding> {
  for (const node of context.model.graph.nodes) {
    if (WEIGHTED.has(node.opType)) yield* weightFindings(context, node);
    if (node.is('Concat')) yield* concatFindings(context, node);
    if (node.is('Softmax') || node.is('Sigmoid')) yield* pinnedFindings(context, node);
    yield* zeroFindings(context, node);
  }
}
