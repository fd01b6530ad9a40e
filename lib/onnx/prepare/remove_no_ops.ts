// Nodes that give back what they are given are taken out.
import { type Dim, elementTypeOf, intOf, intsOf, type Node } from '../model';
import type { GraphEdit, Pass } from './graph_edit';

type Test = (edit: GraphEdit, node: Node) => boolean;

const zeros = (edit: GraphEdit, name: string | undefined): boolean => {
  const tensor = edit.constant(name);
  return tensor !== undefined && tensor.type !== 'string' && tensor.bytes().every((byte) => byte === 0);
};

const sameDims = (a: readonly Dim[] | undefined, b: readonly Dim[] | undefined): boolean =>
  a !== undefined && a.length === b?.length && a.every((dim, i) => dim !== null && dim === b[i]);

/** The output is known to have the type and every dimension of the input. */
const sameType: Test = (edit, node) => {
  const [input, output] = [edit.type(node.inputs[0] as string), edit.type(node.outputs[0] as string)];
  return sameDims(input.dims, output.dims) && input.elementType === output.elementType;
};

/** Dropout changes nothing at inference: always from 7 to 11, before if told so, from 12 on unless told to train. */
const dropout: Test = (edit, node) => {
  const mask = node.outputs[1] ?? '';
  if (mask !== '' && (edit.readers(mask).length > 0 || edit.isPinned(mask))) return false;
  if (edit.model.opset < 7) return intOf(node, 'is_test', 0) !== 0;
  return (node.inputs[2] ?? '') === '' || zeros(edit, node.inputs[2]);
};

const cast: Test = (edit, node) => {
  const to = elementTypeOf(intOf(node, 'to', 0));
  return to !== undefined && edit.type(node.inputs[0] as string).elementType === to;
};

const transpose: Test = (_, node) => intsOf(node, 'perm', undefined)?.every((from, to) => from === to) ?? false;

const pad: Test = (edit, node) =>
  (node.inputs[1] ?? '') === ''
    ? (intsOf(node, 'pads', undefined)?.every((count) => count === 0) ?? false)
    : zeros(edit, node.inputs[1]);

const single: Test = (_, node) => node.inputs.length === 1;

/** A slice with steps of 1 that leaves every dimension as long takes everything. */
const slice: Test = (edit, node) => {
  const steps = edit.constant(node.inputs[4]);
  const forward =
    (node.inputs[4] ?? '') === '' || (steps && Array.from(steps.array(), Number).every((one) => one === 1));
  return forward === true && sameType(edit, node);
};

/** Adding 0 or multiplying by 1 with a constant that does not widen the shape; true for the operand at `constantAt` only. */
const neutral =
  (value: number, eitherSide: boolean): Test =>
  (edit, node) => {
    const constant = edit.constant(node.inputs[1]);
    const at = constant !== undefined ? 1 : 0;
    const values = edit.floats(node.inputs[at]);
    if (values === undefined || (at === 0 && !eitherSide) || node.inputs.length !== 2) return false;
    return (
      values.every((one) => one === value) &&
      sameDims(edit.type(node.inputs[1 - at] as string).dims, edit.type(node.outputs[0] as string).dims)
    );
  };

const NO_OPS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['Identity', () => true],
  ['Dropout', dropout],
  ['Cast', cast],
  ['Transpose', transpose],
  ['Pad', pad],
  ['Slice', slice],
  ['Concat', single],
  ['Sum', single],
  ['Max', single],
  ['Min', single],
  ['Mean', single],
  ['Reshape', sameType],
  ['Expand', sameType],
  ['Flatten', sameType],
  ['Add', neutral(0, true)],
  ['Sub', neutral(0, false)],
  ['Mul', neutral(1, true)],
  ['Div', neutral(1, false)],
]);

/** The input that a node gives back: the one that is no constant. */
const keptInput = (edit: GraphEdit, node: Node): string =>
  ['Add', 'Mul'].includes(node.opType) && edit.constant(node.inputs[0]) !== undefined
    ? (node.inputs[1] as string)
    : (node.inputs[0] as string);

/** Takes a node out; false where both its input and its output have names that must stay. */
export function bypass(edit: GraphEdit, node: Node, input: string): boolean {
  const output = node.outputs[0] as string;
  if (!edit.isPinned(output)) {
    edit.remove(node);
    edit.redirect(output, input);
    return true;
  }
  const producer = edit.producer(input);
  if (producer === undefined || edit.isPinned(input)) return false;
  edit.remove(node);
  edit.renameOutput(producer, producer.outputs.indexOf(input), output);
  edit.redirect(input, output);
  return true;
}

export const removeNoOps: Pass = (edit) => {
  for (const node of edit.nodes()) {
    const test = node.domain === '' ? NO_OPS.get(node.opType) : undefined;
    if (test?.(edit, node) && bypass(edit, node, keptInput(edit, node)))
      edit.log(`${node.label} removed: it changes nothing`);
  }
};
