// Predicts what onnxruntime's CPU provider makes of a model, by doing to a copy what its optimizer would do.
import type { ElementType, Model, Node, ValueType } from '../../model';
import type { Refusal } from '../check_result';
import type { Prediction } from '../prediction';
import { dropRedundantClips, turnSignedPairsUnsigned } from './activation_passes';
import { quantizeWeightsAndBiases } from './bias_passes';
import { fuseDynamicMatMuls } from './dynamic_fusions';
import { cancelPairs, fuseGroups, hasKernel } from './fuse_groups';
import { joinMatMulAndAdd } from './gemm_joining';
import { isIntegerOperator } from './integer_operators';
import { COPIES, SELECTIONS } from './other_kernels';
import { propagateBackward, propagateForward } from './propagation_passes';
import { areEqualPairs, isDq, isQ, quantizationOf } from './quantization';
import { separateReaders, tidy } from './tidying_passes';
import type { Engine } from './weighted_kernels';
import { WorkingGraph } from './working_graph';

function optimize(graph: WorkingGraph, engine: Engine, types: ReadonlyMap<string, ValueType>): Map<Node, Refusal> {
  tidy(graph);
  joinMatMulAndAdd(graph, types);
  propagateForward(graph);
  propagateBackward(graph);
  quantizeWeightsAndBiases(graph);
  tidy(graph);
  separateReaders(graph);
  dropRedundantClips(graph);
  if (!engine.int8Activations) turnSignedPairsUnsigned(graph);
  const refusals = fuseGroups(graph, engine);
  fuseDynamicMatMuls(graph);
  cancelPairs(graph, (dq, q) => areEqualPairs(quantizationOf(graph, dq), quantizationOf(graph, q)));
  return refusals;
}

/** Is a Q or DQ next to the node, so that integers were meant for it? */
function touchesIntegers(graph: WorkingGraph, node: Node): boolean {
  const around = [
    ...node.inputs.map((name) => graph.producer(name)),
    ...node.outputs.flatMap((name) => graph.uses(name).map((use) => use.node)),
  ];
  return around.some((one) => isQ(one) || isDq(one));
}

const QUANTIZED_TYPES = new Set<ElementType | undefined>(['int8', 'uint8', 'int16', 'uint16', 'int4', 'uint4']);

/** A copy that the model itself has between a Q and a DQ. */
function movesIntegers(node: Node, types: ReadonlyMap<string, ValueType>): boolean {
  const type = types.get(node.inputs[0] ?? '');
  return (
    node.domain === '' && MOVERS.has(node.opType) && type?.kind === 'tensor' && QUANTIZED_TYPES.has(type.elementType)
  );
}

const MOVERS = new Set([...COPIES, ...SELECTIONS, 'Concat', 'Split', 'Pad', 'Identity', 'DepthToSpace', 'Where']);

const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

const NO_KERNEL: Refusal = {
  rule: 'Q020',
  reason: 'the runtime has no integer kernel for it: the Q/DQ around it only cost time',
};

/** What becomes of each node of the model, in its order. `types` are those of its tensors. */
export function predictOrt(model: Model, engine: Engine, types: ReadonlyMap<string, ValueType>): Prediction[] {
  const graph = new WorkingGraph(model);
  const refusals = optimize(graph, engine, types);
  const alive = new Set(graph.nodes().map((node) => graph.origin(node)));
  const original = new WorkingGraph(model);
  return original.nodes().map((copy) => {
    const node = original.origin(copy) as Node;
    const isConversion = isQ(node) || isDq(node) || node.is('DynamicQuantizeLinear');
    if (isConversion)
      return { node, outcome: alive.has(node) ? 'convert' : 'folded', into: graph.fates.get(node)?.into };
    const fate = graph.fates.get(node);
    if (fate !== undefined) return { node, ...fate };
    if (isIntegerOperator(node.opType)) return { node, outcome: 'int8', kernel: node.opType };
    if (movesIntegers(node, types)) return { node, outcome: 'copy', kernel: node.opType };
    const refusal = refusals.get(node);
    if (!touchesIntegers(original, copy) && !WEIGHTED.has(node.opType)) return { node, outcome: 'float' };
    return { node, outcome: 'float', refusal: refusal ?? (hasKernel(node) ? undefined : NO_KERNEL) };
  });
}
