// Replaces operators between Q/DQ nodes by integer kernels, as onnxruntime's selectors and actions do.
import type { Node } from '../../model';
import type { Refusal } from '../check_result';
import { groupOf, isRefusal, type NodeGroup } from './node_group';
import {
  argMaxKernel,
  binaryKernel,
  COPIES,
  concatKernel,
  copyKernel,
  SELECTIONS,
  UNARY,
  unaryKernel,
  whereKernel,
} from './other_kernels';
import { convKernel, type Engine, gemmKernel, matMulKernel, type Verdict, weightOnlyKernel } from './weighted_kernels';
import type { WorkingGraph } from './working_graph';

const STANDARD_KERNELS = new Set(['QLinearConv', 'QLinearMatMul']);

/** True for operators that have an integer kernel in some form. */
export function hasKernel(node: Node): boolean {
  return node.domain === '' && (KERNELS.has(node.opType) || COPIES.has(node.opType) || UNARY.has(node.opType));
}

const KERNELS = new Set(['Conv', 'MatMul', 'Gemm', 'Add', 'Mul', 'Concat', 'Where', 'Split', 'ArgMax', ...SELECTIONS]);

function gemmVerdict(group: NodeGroup): Verdict {
  const full = gemmKernel(group);
  if (!isRefusal(full)) return full;
  const weightOnly = weightOnlyKernel(group);
  return isRefusal(weightOnly) ? full : weightOnly;
}

function verdictOf(group: NodeGroup, engine: Engine): Verdict {
  const { opType } = group.node;
  if (opType === 'Conv') return convKernel(group, engine);
  if (opType === 'MatMul') return matMulKernel(group, engine);
  if (opType === 'Gemm') return gemmVerdict(group);
  if (opType === 'Add' || opType === 'Mul') return binaryKernel(group);
  if (opType === 'Concat') return concatKernel(group);
  if (opType === 'Where') return whereKernel(group);
  if (opType === 'ArgMax') return argMaxKernel(group);
  if (UNARY.has(opType)) return unaryKernel(group);
  return copyKernel(group);
}

/** The integers' own names take the place of the floats', and the Q/DQ nodes go. */
function apply(group: NodeGroup, verdict: Exclude<Verdict, Refusal>): void {
  const { graph, node, dqs, qs, clip } = group;
  const kept = verdict.keeps === undefined ? [] : dqs.filter((dq) => dq.outputs[0] === node.inputs[2]);
  const gone = dqs.filter((dq) => !kept.includes(dq));
  const isCopy = verdict.kernel === node.opType;
  const integers = new Map(gone.map((dq) => [dq.outputs[0], dq.inputs[0] as string]));
  const inputs = node.inputs.map((name) => integers.get(name) ?? name);
  const outputs = node.outputs.map(
    (name) => qs.find((q) => q.inputs[0] === (clip ?? { outputs: [name] }).outputs[0])?.outputs[0] ?? name,
  );
  const domain = isCopy || STANDARD_KERNELS.has(verdict.kernel) ? '' : 'com.microsoft';
  const origin = graph.origin(node);
  graph.decide(node, { outcome: isCopy ? 'copy' : 'int8', kernel: verdict.kernel });
  for (const other of [...gone, ...qs, ...(clip === undefined ? [] : [clip])])
    graph.decide(other, { outcome: 'folded', into: origin });
  graph.replace(
    [node, ...gone, ...qs, ...(clip === undefined ? [] : [clip])],
    { ...node, opType: verdict.kernel, domain, inputs, outputs },
    node,
  );
}

/** Fuses all that can be fused; gives why the others cannot, by the nodes of the model. */
export function fuseGroups(graph: WorkingGraph, engine: Engine): Map<Node, Refusal> {
  const refusals = new Map<Node, Refusal>();
  for (const node of graph.nodes()) {
    if (!hasKernel(node)) continue;
    const group = groupOf(graph, node);
    const verdict = isRefusal(group) ? group : verdictOf(group, engine);
    if (!isRefusal(verdict)) apply(group as NodeGroup, verdict);
    else {
      const origin = graph.origin(node);
      if (origin !== undefined) refusals.set(origin, verdict);
    }
  }
  return refusals;
}

/** DQ → Q with equal parameters cancel. */
export function cancelPairs(graph: WorkingGraph, areEqual: (dq: Node, q: Node) => boolean): void {
  for (const dq of graph.nodes()) {
    if (!graph.has(dq) || dq.opType !== 'DequantizeLinear') continue;
    const q = graph.onlyReader(dq.outputs[0]);
    if (q?.opType !== 'QuantizeLinear' || !areEqual(dq, q)) continue;
    if (graph.isOutput(q.outputs[0])) continue;
    graph.redirect(q.outputs[0] as string, dq.inputs[0] as string);
    for (const node of [dq, q]) {
      graph.decide(node, { outcome: 'folded' });
      graph.remove(node);
    }
  }
}
