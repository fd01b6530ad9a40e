// Which operators without weights onnxruntime runs on integers: replaced by a kernel of their own, or on the integers as they are.
import { stringOf } from '../../model';
import type { Refusal } from '../check_result';
import {
  inputTypes,
  type NodeGroup,
  outputTypes,
  refusalOfGroup,
  refusalOfTypes,
  refusalOfWidths,
  refuse,
} from './node_group';
import { areEqualPairs, isScalar, quantizationOf, scalarsOf } from './quantization';
import type { Verdict } from './weighted_kernels';

/** One input, one output: replaced by QLinear<name>. */
export const UNARY = new Set(['AveragePool', 'GlobalAveragePool', 'LeakyRelu', 'Sigmoid', 'Softmax']);

/** Run on the integers where both sides have the same parameters. */
export const COPIES = new Set([
  'Expand',
  'Flatten',
  'Gather',
  'GatherElements',
  'Reshape',
  'Slice',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
]);

/** As copies, in 8 bits alone. */
export const SELECTIONS = new Set(['DepthToSpace', 'MaxPool', 'ReduceMax', 'ReduceMin', 'Resize']);

/** Those whose result depends on the order of the values, which must be that of the integers. */
const ORDERED = new Set(['MaxPool', 'ReduceMax', 'ReduceMin']);

export function unaryKernel(group: NodeGroup): Verdict {
  return (
    refusalOfGroup(group, { dqs: 1 }) ??
    refusalOfTypes(group) ??
    refusalOfWidths(inputTypes(group)) ?? { kernel: `QLinear${group.node.opType}` }
  );
}

export function binaryKernel(group: NodeGroup): Verdict {
  const refused = refusalOfGroup(group);
  if (refused !== undefined) return refused;
  const constant = group.dqs.some((dq) => group.graph.constant(dq.inputs[0]) !== undefined);
  const mixed = refusalOfTypes(group);
  if (mixed !== undefined && constant)
    return refuse(
      'Q018',
      'its constant operand is int8 while its activations are uint8',
      'store the constant as uint8',
    );
  return mixed ?? refusalOfWidths(inputTypes(group)) ?? { kernel: `QLinear${group.node.opType}` };
}

export function concatKernel(group: NodeGroup): Verdict {
  return (
    refusalOfGroup(group) ?? refusalOfTypes(group) ?? refusalOfWidths(inputTypes(group)) ?? { kernel: 'QLinearConcat' }
  );
}

export function whereKernel(group: NodeGroup): Verdict {
  return (
    refusalOfGroup(group, { dqs: 2 }) ??
    refusalOfTypes(group) ??
    refusalOfWidths(inputTypes(group)) ?? { kernel: 'QLinearWhere' }
  );
}

function refusalOfPairs(group: NodeGroup): Refusal | undefined {
  const { graph, dqs, qs } = group;
  const before = quantizationOf(graph, dqs[0] as (typeof dqs)[number]);
  for (const q of qs) {
    const behind = quantizationOf(graph, q);
    if (!before.hasZeroPoint || !behind.hasZeroPoint)
      return refuse('Q016', 'the zero point before or behind it is left out');
    if (!isScalar(before.scale) || !isScalar(behind.scale))
      return refuse('Q016', 'the parameters before or behind it are not per tensor');
    if (!areEqualPairs(before, behind)) return refuse('Q016', 'scale or zero point before and behind it differ');
  }
  return undefined;
}

function copyRefusal(group: NodeGroup, allow16: boolean): Refusal | undefined {
  return (
    refusalOfGroup(group, { dqs: 1 }) ??
    refusalOfTypes(group) ??
    refusalOfWidths([...inputTypes(group), ...outputTypes(group)], { allow16 }) ??
    refusalOfPairs(group)
  );
}

/** Copies, and what picks the largest or smallest. */
export function copyKernel(group: NodeGroup): Verdict {
  const { node, graph, dqs, clip } = group;
  if (clip !== undefined) return refuse('Q015', `an activation stands between it and its Q`);
  if (node.opType === 'Resize' && stringOf(node, 'mode', 'nearest') !== 'nearest')
    return refuse('Q020', 'only its mode nearest takes integers');
  const refused = copyRefusal(group, COPIES.has(node.opType) || node.opType === 'Split');
  if (refused !== undefined) return refused;
  if (!SELECTIONS.has(node.opType)) return { kernel: node.opType };
  if (node.opType === 'MaxPool' && graph.model.opset < 12)
    return refuse('Q016', `MaxPool takes integers from opset 12 on`);
  const scale = scalarsOf(quantizationOf(graph, dqs[0] as (typeof dqs)[number]))?.scale;
  if (ORDERED.has(node.opType) && !(scale !== undefined && scale > 0))
    return refuse('Q001', 'its scale is not positive');
  return { kernel: node.opType };
}

/** ArgMax reads integers without a Q behind it. */
export function argMaxKernel(group: NodeGroup): Verdict {
  const refused = refusalOfWidths(inputTypes(group));
  if (refused !== undefined) return refused;
  const [dq] = group.dqs;
  if (dq === undefined || group.clip !== undefined) return refuse('Q012', 'its input does not come from a DQ');
  const quantization = quantizationOf(group.graph, dq);
  if (!quantization.hasZeroPoint || !quantization.isConstant || !quantization.perTensor)
    return refuse('Q016', 'its DQ has no constant zero point');
  return { kernel: 'ArgMax' };
}
