// What stands around an operator: the DQ nodes of its inputs, a Relu or Clip behind it, and the Q nodes of its outputs.
import type { ElementType, Node } from '../../model';
import type { Refusal } from '../check_result';
import { isRedundantBefore } from './activation_passes';
import { isDq, isQ, type Quantization, quantizationOf } from './quantization';
import type { WorkingGraph } from './working_graph';

export interface NodeGroup {
  readonly graph: WorkingGraph;
  readonly node: Node;
  /** In the order of the inputs that they stand at. */
  readonly dqs: readonly Node[];
  readonly qs: readonly Node[];
  /** A Relu or Clip between the node and its Q that the Q makes redundant. */
  readonly clip: Node | undefined;
}

export const isRefusal = <T extends object>(value: T | Refusal): value is Refusal => 'rule' in value;

export const refuse = (rule: Refusal['rule'], reason: string, remedy?: string): Refusal => ({ rule, reason, remedy });

/** The group of a node, or why an activation behind it stands in the way. */
export function groupOf(graph: WorkingGraph, node: Node): NodeGroup | Refusal {
  const dqs = node.inputs.map((name) => graph.producer(name)).filter(isDq);
  const readers = node.outputs.flatMap((name) => graph.uses(name));
  const only = readers.length === 1 ? readers[0]?.node : undefined;
  const isClip = (only?.opType === 'Relu' || only?.opType === 'Clip') && only.domain === '';
  const clip = isClip && graph.onlyReader(only.outputs[0]) !== undefined ? only : undefined;
  const qs = (clip ?? node).outputs.flatMap((name) => graph.uses(name).map((use) => use.node)).filter(isQ);
  if (clip !== undefined && (qs.length !== 1 || !isRedundantBefore(graph, clip, qs[0] as Node)))
    return refuse('Q015', keepsClip(graph, clip, qs));
  return { graph, node, dqs, qs, clip };
}

function keepsClip(graph: WorkingGraph, clip: Node, qs: readonly Node[]): string {
  const origin = graph.origin(clip) ?? clip;
  if (qs.length !== 1) return `${origin.label} stands behind it, and no Q behind that`;
  const { type } = quantizationOf(graph, qs[0] as Node);
  if (clip.opType === 'Relu') return `the zero point of the ${type} Q behind ${origin.label} is not the least ${type}`;
  return `the ${type} Q behind ${origin.label} covers more than its bounds`;
}

/** Types of the integers at the DQ nodes. */
export const inputTypes = ({ graph, dqs }: NodeGroup): readonly (ElementType | undefined)[] =>
  dqs.map((dq) => quantizationOf(graph, dq).type);

export const outputTypes = ({ graph, qs }: NodeGroup): readonly (ElementType | undefined)[] =>
  qs.map((q) => quantizationOf(graph, q).type);

export const inputQuantization = ({ graph, dqs }: NodeGroup, input: number): Quantization | undefined => {
  const dq = dqs[input];
  return dq === undefined ? undefined : quantizationOf(graph, dq);
};

/** The DQ at an input of the node. */
export function dqAt({ graph, node }: NodeGroup, input: number): Node | undefined {
  const producer = graph.producer(node.inputs[input]);
  return isDq(producer) ? producer : undefined;
}

interface Counts {
  /** How many inputs must have a DQ; default: all that the node has. */
  readonly dqs?: number;
  readonly allowNoQ?: boolean;
}

/** What every kernel asks of a group: a DQ at each input, one Q behind each output, and nobody else reading either. */
export function refusalOfGroup(group: NodeGroup, { dqs, allowNoQ = false }: Counts = {}): Refusal | undefined {
  const { graph, node } = group;
  const present = node.inputs.filter((name) => name !== '');
  if (group.dqs.length !== (dqs ?? present.length)) {
    const bare = present.find((name) => !isDq(graph.producer(name)));
    return refuse('Q012', `its input '${bare ?? present[0]}' does not come from a DQ`);
  }
  for (const dq of group.dqs)
    if (graph.onlyReader(dq.outputs[0]) !== node)
      return refuse('Q012', `'${dq.outputs[0]}' is read by more than this node, or is an output of the model`);
  return refusalOfOutputs(group, allowNoQ);
}

function refusalOfOutputs({ graph, node, qs, clip }: NodeGroup, allowNoQ: boolean): Refusal | undefined {
  const present = node.outputs.filter((name) => name !== '');
  const edges = present.flatMap((name) => graph.uses(name));
  const last = clip ?? node;
  if (qs.length === 0) {
    if (allowNoQ) return undefined;
    return refuse('Q013', `no Q stands behind its output '${last.outputs[0]}'`);
  }
  if (present.some((name) => graph.isOutput(name)))
    return refuse('Q013', `its output '${present[0]}' is an output of the model`);
  if (edges.length !== present.length || qs.length !== present.length)
    return refuse('Q013', `its output '${present[0]}' goes to more than one Q, or to other nodes too`);
  return undefined;
}

const is16Bit = (type: ElementType | undefined): boolean => type === 'int16' || type === 'uint16';
const is4Bit = (type: ElementType | undefined): boolean =>
  type === 'int4' || type === 'uint4' || type === 'int2' || type === 'uint2';

/** Kernels take 8-bit integers; those that only move data take 16 bits too. */
export function refusalOfWidths(
  types: readonly (ElementType | undefined)[],
  { allow16 = false } = {},
): Refusal | undefined {
  const wide = types.find(is16Bit);
  if (wide !== undefined && !allow16) return refuse('Q020', `there is no ${wide} kernel for it`);
  const narrow = types.find(is4Bit);
  if (narrow !== undefined) return refuse('Q020', `there is no ${narrow} kernel for it`);
  return undefined;
}

/** All the types are one. */
export function refusalOfTypes(group: NodeGroup): Refusal | undefined {
  const types = [...inputTypes(group), ...outputTypes(group)];
  const other = types.find((type) => type !== types[0]);
  return other === undefined ? undefined : refuse('Q017', `its inputs and outputs mix ${types[0]} with ${other}`);
}
