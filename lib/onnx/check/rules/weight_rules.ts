// Q010, Q011, Q014, Q026, Q027: how weights and biases are quantized and stored.
import { createHash } from 'node:crypto';
import { intOf, type ModelTensor, type Node } from '../../model';
import type { Finding } from '../check_result';
import { nodeName } from '../node_name';
import { groupOf, isRefusal } from '../ort/node_group';
import { isDq, isQ, quantizationOf } from '../ort/quantization';
import { biasScaleError } from '../ort/weighted_kernels';
import { found, type RuleContext } from './rule_context';

/** The axis of the outputs in the weights of an operator; undefined for others. */
function outputAxis(node: Node, rank: number): number | undefined {
  if (node.is('Conv')) return 0;
  if (node.is('ConvTranspose')) return 1;
  if (node.is('MatMul')) return rank - 1;
  return node.is('Gemm') ? (intOf(node, 'transB', 0) === 0 ? 1 : 0) : undefined;
}

/** Other axes: onnxruntime builds kernels of Conv and MatMul all the same, which then fail, or compute something else. */
function* axisFindings({ graph, predictions }: RuleContext): Iterable<Finding> {
  for (const { node, outcome } of predictions) {
    const dq = graph.producer(node.inputs[1]);
    const dims = isDq(dq) ? graph.constant(dq.inputs[0])?.dims : undefined;
    if (!isDq(dq) || dims === undefined || outcome !== 'int8') continue;
    const { scale, axis, block } = quantizationOf(graph, dq);
    const expected = outputAxis(node, dims.length);
    const actual = axis < 0 ? axis + dims.length : axis;
    if (expected === undefined || block !== 0 || (scale?.dims?.length ?? 0) === 0 || actual === expected) continue;
    const place = { node: nodeName(node), tensor: dq.inputs[0], severity: 'E' as const };
    const text = `the weights of ${node.label} are quantized along axis ${actual}, not ${expected}`;
    yield found(
      node.opType === 'MatMul' ? 'Q010' : 'Q011',
      `${text}: the fused kernel fails or computes something else`,
      place,
    );
  }
}

/** A scale that is off by a little passes, and shifts the outputs. */
function* biasFindings({ graph, predictions }: RuleContext): Iterable<Finding> {
  for (const { node, outcome } of predictions) {
    if (outcome !== 'int8' || (node.opType !== 'Conv' && node.opType !== 'Gemm')) continue;
    const group = groupOf(graph, node);
    const error = isRefusal(group) ? undefined : biasScaleError(group);
    if (error === undefined || error.share < 2 ** -22) continue;
    yield found(
      'Q014',
      `the scale of the bias of ${node.label} is off by ${(error.share * 100).toPrecision(2)} %: the kernel ignores it, and the outputs are wrong`,
      {
        node: nodeName(node),
        tensor: node.inputs[2],
      },
    );
  }
}

function* storageFindings({ model, index }: RuleContext): Iterable<Finding> {
  for (const node of model.graph.nodes) {
    const [input = ''] = node.inputs;
    const tensor = isQ(node) ? index.constant(input) : undefined;
    if (tensor !== undefined && tensor.size > 1)
      yield found(
        'Q026',
        `'${input}' (${tensor.byteLength} bytes) is stored as ${tensor.type}, and quantized when the model is loaded`,
        {
          node: nodeName(node),
          tensor: input,
        },
      );
  }
}

/** Smaller constants are not worth a word. */
const LEAST_SHARED_BYTES = 1024;

const digest = (tensor: ModelTensor): string =>
  `${tensor.type}[${tensor.dims}]${createHash('sha256').update(tensor.bytes()).digest('hex')}`;

function* duplicateFindings({ model }: RuleContext): Iterable<Finding> {
  const seen = new Map<string, string>();
  const bySize = new Map<string, [string, ModelTensor][]>();
  for (const [name, tensor] of model.graph.initializers) {
    if (tensor.byteLength < LEAST_SHARED_BYTES) continue;
    const key = `${tensor.type}[${tensor.dims}]`;
    bySize.set(key, [...(bySize.get(key) ?? []), [name, tensor]]);
  }
  for (const alike of bySize.values()) {
    if (alike.length < 2) continue;
    for (const [name, tensor] of alike) {
      const key = digest(tensor);
      const first = seen.get(key);
      if (first === undefined) seen.set(key, name);
      else yield found('Q027', `'${name}' holds the same ${tensor.byteLength} bytes as '${first}'`, { tensor: name });
    }
  }
}

export function* weightRules(context: RuleContext): Iterable<Finding> {
  yield* axisFindings(context);
  yield* biasFindings(context);
  yield* storageFindings(context);
  yield* duplicateFindings(context);
}
