// Q006 to Q009, Q024, Q025: what TensorRT asks of a model.
import type { Node } from '../../model';
import type { Finding } from '../check_result';
import { nodeName } from '../node_name';
import { isIntegerOperator } from '../ort/integer_operators';
import { COPIES } from '../ort/other_kernels';
import { isDq, isQ, quantizationOf, scalarsOf, valuesOf } from '../ort/quantization';
import { found, type RuleContext } from './rule_context';

function* typeFindings({ graph }: RuleContext, node: Node): Iterable<Finding> {
  const { type, zeroPoint, hasZeroPoint } = quantizationOf(graph, node);
  const place = { node: nodeName(node), tensor: node.inputs[0] };
  if (type === 'uint8') yield found('Q006', `${node.label} has uint8 integers`, place);
  const zeros = hasZeroPoint ? valuesOf(zeroPoint) : [];
  if (hasZeroPoint && zeroPoint === undefined)
    yield found('Q006', `the zero point of ${node.label} is not a constant`, place);
  const other = zeros?.find((value) => value !== 0);
  if (other !== undefined) yield found('Q006', `the zero point of ${node.label} is ${other}`, place);
  if (isDq(node) && type === 'int32') yield found('Q008', `${node.label} dequantizes an int32 bias`, place);
}

function* shapeFindings({ graph }: RuleContext, node: Node): Iterable<Finding> {
  const { type, scale, axis, block } = quantizationOf(graph, node);
  const place = { node: nodeName(node), tensor: node.inputs[0] };
  const weights = graph.constant(node.inputs[0]);
  const perChannel = (scale?.dims?.length ?? 0) > 0 && scale?.dims?.[0] !== 1;
  const isWeight =
    weights !== undefined || (isDq(node) && graph.constant(graph.producer(node.inputs[0])?.inputs[0]) !== undefined);
  if (perChannel && !isWeight) yield found('Q009', `${node.label} is per channel, and quantizes no weights`, place);
  if (perChannel && block === 0 && weights?.dims !== undefined) {
    const length = weights.dims[axis < 0 ? axis + weights.dims.length : axis];
    if (length !== scale?.dims?.[0])
      yield found('Q009', `${node.label} has ${scale?.dims?.[0]} scales for ${length} channels`, place);
  }
  const last = weights?.dims?.at(-1);
  if (type === 'int4' && last !== undefined && last % 2 !== 0)
    yield found('Q009', `the last dimension of '${node.inputs[0]}' is ${last}, not even`, place);
}

const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/** A Q behind a weighted operator whose DQ goes to a Relu or an Add. */
function* placementFindings({ graph }: RuleContext, node: Node): Iterable<Finding> {
  if (WEIGHTED.has(node.opType)) {
    const q = graph.onlyReader(node.outputs[0]);
    const dq = isQ(q) ? graph.onlyReader(q.outputs[0]) : undefined;
    const next = isDq(dq) ? graph.onlyReader(dq.outputs[0]) : undefined;
    if (next?.opType === 'Relu' || next?.opType === 'Add')
      yield found('Q024', `a Q/DQ pair stands between ${node.label} and ${next.label}`, {
        node: nodeName(node),
        tensor: node.outputs[0],
      });
  }
  if (node.is('Add')) {
    const producers = node.inputs.map((name) => graph.producer(name));
    const fromWeighted = producers.some((producer) => producer !== undefined && WEIGHTED.has(producer.opType));
    const isFloat = producers.every((producer) => producer !== undefined && !isDq(producer));
    if (fromWeighted && isFloat)
      yield found('Q024', `neither input of ${node.label} is quantized: the skip should be`, {
        node: nodeName(node),
        tensor: node.inputs[1],
      });
  }
}

function* copyFindings({ graph }: RuleContext, node: Node): Iterable<Finding> {
  const dqs = node.inputs.map((name) => graph.producer(name)).filter(isDq);
  const q = graph.onlyReader(node.outputs[0]);
  if (!isQ(q) || dqs.length === 0) return;
  const place = { node: nodeName(node), tensor: node.outputs[0] };
  if (COPIES.has(node.opType)) yield found('Q025', `Q/DQ nodes stand on both sides of ${node.label}`, place);
  if (!node.is('Concat')) return;
  const scales = [...dqs, q].map((one) => scalarsOf(quantizationOf(graph, one))?.scale);
  if (scales.some((scale) => scale !== scales[0])) yield found('Q025', `scales around ${node.label} differ`, place);
}

export function* tensorrtRules(context: RuleContext): Iterable<Finding> {
  if (context.target !== 'tensorrt') return;
  for (const node of context.model.graph.nodes) {
    if (isIntegerOperator(node.opType) || node.is('DynamicQuantizeLinear'))
      yield found('Q007', `${node.label} is not supported`, { node: nodeName(node) });
    if (isQ(node) || isDq(node)) {
      yield* typeFindings(context, node);
      yield* shapeFindings(context, node);
    }
    yield* placementFindings(context, node);
    yield* copyFindings(context, node);
  }
}
