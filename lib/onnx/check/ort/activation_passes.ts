// Relu and Clip that a Q makes redundant, and int8 activations that become uint8.
import { ModelTensor, type Node } from '../../model';
import { INTEGER_LIMITS, isDq, isQ, quantizationOf, scalarsOf, valuesOf } from './quantization';
import type { WorkingGraph } from './working_graph';

/** True if nothing that a Relu or Clip cuts off would survive the Q behind it. */
export function isRedundantBefore(graph: WorkingGraph, clip: Node, q: Node): boolean {
  const quantization = quantizationOf(graph, q);
  const scalars = scalarsOf(quantization);
  const limits = quantization.type === undefined ? undefined : INTEGER_LIMITS[quantization.type];
  if (scalars === undefined || limits === undefined) return false;
  const { scale, zeroPoint } = scalars;
  if (clip.opType === 'Relu') return zeroPoint === limits[0];
  const [low, high] = [1, 2].map((input) => {
    const name = clip.inputs[input] ?? '';
    return name === '' ? undefined : (valuesOf(graph.constant(name))?.[0] ?? Number.NaN);
  });
  const epsilon = 2 ** -23;
  const tooHigh = low !== undefined && !(low - scale * (limits[0] - zeroPoint) <= epsilon);
  const tooLow = high !== undefined && !(scale * (limits[1] - zeroPoint) - high <= epsilon);
  return !tooHigh && !tooLow;
}

/** Relu and Clip before a Q that cuts off the same disappear. */
export function dropRedundantClips(graph: WorkingGraph): void {
  for (const clip of graph.nodes()) {
    if (clip.domain !== '' || (clip.opType !== 'Relu' && clip.opType !== 'Clip')) continue;
    const q = graph.onlyReader(clip.outputs[0]);
    if (!isQ(q) || !isRedundantBefore(graph, clip, q)) continue;
    const producer = graph.producer(clip.inputs[0]);
    graph.decide(clip, { outcome: 'folded', into: producer === undefined ? undefined : graph.origin(producer) });
    graph.remove(clip);
    graph.setInput(q, 0, clip.inputs[0] as string);
  }
}

/** int8 activations become uint8 where their Q has one reader; where it has more they stay, and their kernels are refused. */
export function turnSignedPairsUnsigned(graph: WorkingGraph): void {
  for (const q of graph.nodes()) {
    if (!isQ(q)) continue;
    const dq = graph.onlyReader(q.outputs[0]);
    if (!isDq(dq)) continue;
    const [before, behind] = [quantizationOf(graph, q), quantizationOf(graph, dq)];
    const [one, other] = [scalarsOf(before), scalarsOf(behind)];
    if (before.type !== 'int8' || behind.type !== 'int8' || !before.hasZeroPoint || !behind.hasZeroPoint) continue;
    if (one === undefined || one.zeroPoint !== other?.zeroPoint) continue;
    const name = graph.freshName(q.inputs[2] as string);
    const tensor = ModelTensor.scalar('uint8', Uint8Array.of(one.zeroPoint + 128));
    graph.declareConstant(name, { type: 'uint8', dims: [], tensor });
    graph.setInput(q, 2, name);
    graph.setInput(dq, 2, name);
  }
}
