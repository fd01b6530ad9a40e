// Shapes that the graph computes, to reshape and to expand to, become constants where only a batch size is unknown.
import { inferKnown } from '../infer';
import { type Dim, intOf, ModelTensor, type Node } from '../model';
import type { GraphEdit, Pass } from './graph_edit';

type Dims = readonly Dim[];

/** 0 copies the dimension of the input, -1 is what is left: one of these in place of each unknown, if that says it all. */
function reshapeTarget(target: Dims, input: Dims | undefined): number[] | undefined {
  if (target.includes(0) || target.includes(-1)) return undefined;
  const copied = target.map((dim, i) => (typeof dim === 'string' && dim === input?.[i] ? 0 : dim));
  const open = copied.filter((dim) => typeof dim !== 'number').length;
  if (open > 1) return undefined;
  return copied.map((dim) => (typeof dim === 'number' ? dim : -1));
}

/** 1 keeps the dimension of the input. */
function expandTarget(target: Dims, input: Dims | undefined): number[] | undefined {
  if (input === undefined || input.length > target.length) return undefined;
  const offset = target.length - input.length;
  const kept = target.map((dim, i) => (typeof dim === 'string' && dim === input[i - offset] ? 1 : dim));
  return kept.every((dim) => typeof dim === 'number') ? (kept as number[]) : undefined;
}

function targetOf(node: Node, target: Dims, input: Dims | undefined): number[] | undefined {
  if (node.is('Expand')) return expandTarget(target, input);
  return intOf(node, 'allowzero', 0) === 0 ? reshapeTarget(target, input) : undefined;
}

export const constantTargets: Pass = (edit: GraphEdit) => {
  const nodes = edit.nodes();
  const open = nodes.filter(
    (node) => (node.is('Reshape') || node.is('Expand')) && node.inputs.length > 1 && !edit.constant(node.inputs[1]),
  );
  if (open.length === 0) return;
  const known = inferKnown(edit.model);
  for (const node of open) {
    const items = known.get(node.inputs[1] as string)?.items;
    const target = items && targetOf(node, items, known.get(node.inputs[0] as string)?.dims);
    if (target === undefined) continue;
    const shape = ModelTensor.of('int64', [target.length], BigInt64Array.from(target, BigInt));
    edit.setInput(node, 1, edit.addConstant(`${node.outputs[0]}_shape`, shape));
    edit.log(`the shape of ${node.label} is constant: [${target.join(', ')}]`);
  }
};
