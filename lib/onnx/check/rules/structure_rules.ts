// Q004, Q033, Q035: versions, pairs that do nothing, validity.
import type { Node } from '../../model';
import { problemsOf } from '../../validate';
import type { Finding } from '../check_result';
import { nodeName } from '../node_name';
import { areEqualPairs, isDq, isQ, quantizationOf } from '../ort/quantization';
import { found, type RuleContext } from './rule_context';

/** The least opset in which Q and DQ take what a node asks of them. */
function* versionFindings({ model, graph }: RuleContext, node: Node): Iterable<Finding> {
  if (node.domain !== '') return;
  const { scale, type = '', axis, block } = quantizationOf(graph, node);
  const asks: [number, string, boolean][] = [
    [10, node.opType, true],
    [13, `axis ${axis}`, (scale?.dims?.length ?? 0) > 0 && scale?.dims?.[0] !== 1],
    [19, `${scale?.type} scales`, scale?.type === 'float16' || scale?.type === 'bfloat16'],
    [21, `${type} integers`, ['int4', 'uint4', 'int16', 'uint16'].includes(type)],
    [21, 'blocks', block !== 0],
    [23, `${type} values`, type === 'float4e2m1'],
  ];
  const needs = asks.filter(([opset, , isAsked]) => isAsked && opset > model.opset).at(-1);
  if (needs !== undefined)
    yield found('Q004', `${node.label}: ${needs[1]} came with opset ${needs[0]}, the model has ${model.opset}`, {
      node: nodeName(node),
    });
}

function* deadPairs({ graph }: RuleContext, q: Node): Iterable<Finding> {
  const dq = graph.producer(q.inputs[0]);
  if (!isDq(dq) || !areEqualPairs(quantizationOf(graph, dq), quantizationOf(graph, q))) return;
  yield found('Q033', `${dq.label} and ${q.label} cancel each other`, { node: nodeName(q), tensor: q.inputs[0] });
}

export function* structureRules(context: RuleContext): Iterable<Finding> {
  for (const { rule, severity, message, node, tensor } of problemsOf(context.model))
    yield found(rule, message, { node, tensor, severity: severity === 'error' ? 'E' : 'I' });
  for (const node of context.model.graph.nodes) {
    if (isQ(node) || isDq(node)) yield* versionFindings(context, node);
    if (isQ(node)) yield* deadPairs(context, node);
  }
}
