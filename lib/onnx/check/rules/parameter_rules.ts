// Q001, Q002, Q003, Q005: scales and zero points of Q and DQ nodes.
import type { Node } from '../../model';
import type { Finding } from '../check_result';
import { nodeName } from '../node_name';
import { isDq, isQ, type Quantization, quantizationOf, valuesOf } from '../ort/quantization';
import { found, type RuleContext } from './rule_context';

/** The least positive float32 that is not denormal. */
const LEAST_NORMAL = 2 ** -126;

function* scaleFindings(node: Node, { scale }: Quantization): Iterable<Finding> {
  const place = { node: nodeName(node), tensor: node.inputs[1] };
  if (scale === undefined) {
    yield found('Q001', `the scale of ${node.label} is not a constant`, place);
    return;
  }
  const bad = valuesOf(scale)?.find((value) => !Number.isFinite(value) || value < LEAST_NORMAL);
  if (bad !== undefined) yield found('Q001', `the scale of ${node.label} is ${bad}`, place);
}

function* shapeFindings(context: RuleContext, node: Node, quantization: Quantization): Iterable<Finding> {
  const { scale, zeroPoint, hasZeroPoint } = quantization;
  const place = { node: nodeName(node), tensor: node.inputs[2] };
  if (!hasZeroPoint) return;
  if (zeroPoint === undefined) {
    yield found('Q002', `the zero point of ${node.label} is not a constant`, place);
    return;
  }
  if (String(scale?.dims) !== String(zeroPoint.dims))
    yield found(
      'Q002',
      `scale [${scale?.dims}] and zero point [${zeroPoint.dims}] of ${node.label} differ in shape`,
      place,
    );
  const integers = isDq(node) ? context.graph.constant(node.inputs[0])?.type : undefined;
  if (integers !== undefined && integers !== zeroPoint.type)
    yield found('Q002', `the zero point of ${node.label} is ${zeroPoint.type}, its integers are ${integers}`, place);
}

function same(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  return a === undefined || b === undefined || (a.length === b.length && a.every((value, i) => value === b[i]));
}

function* pairFindings({ graph }: RuleContext, dq: Node): Iterable<Finding> {
  const q = graph.producer(dq.inputs[0]);
  if (!isQ(q)) return;
  const [before, behind] = [quantizationOf(graph, q), quantizationOf(graph, dq)];
  const zero = ({ hasZeroPoint, zeroPoint }: Quantization) => (hasZeroPoint ? valuesOf(zeroPoint) : undefined);
  const place = { node: nodeName(dq), tensor: dq.inputs[0] };
  if (!same(valuesOf(before.scale), valuesOf(behind.scale)))
    yield found('Q003', `${dq.label} has another scale than ${q.label} before it`, place);
  if (!same(zero(before), zero(behind)) || before.type !== behind.type)
    yield found('Q003', `${dq.label} has another zero point than ${q.label} before it`, place);
}

function* rankFindings({ target, types }: RuleContext, node: Node): Iterable<Finding> {
  const [input = ''] = node.inputs;
  const type = types.get(input);
  if (target === 'openvino' && (type?.kind !== 'tensor' || type.dims === undefined))
    yield found('Q005', `the rank of '${input}', which ${node.label} reads, is not known`, {
      node: nodeName(node),
      tensor: input,
    });
}

export function* parameterRules(context: RuleContext): Iterable<Finding> {
  for (const node of context.model.graph.nodes) {
    if (!isQ(node) && !isDq(node)) continue;
    const quantization = quantizationOf(context.graph, node);
    yield* scaleFindings(node, quantization);
    yield* shapeFindings(context, node, quantization);
    if (isDq(node)) yield* pairFindings(context, node);
    yield* rankFindings(context, node);
  }
}
