// Softmax, LogSoftmax and Hardmax: over all dims from the axis on before opset 13, over the axis alone since.
import { attribute, intOf, Node } from '../../model';
import type { Change, Changes } from '../change';
import type { Step } from '../step';

/** Is the axis the last one? undefined where the rank is not known. */
function isLast(axis: number, input: string, step: Step): boolean | undefined {
  if (axis === -1) return true;
  const dims = step.typeOf(input)?.dims;
  if (dims === undefined) return undefined;
  const from = axis < 0 ? axis + dims.length : axis;
  // Dims of 1 behind the axis change nothing.
  return dims.slice(from + 1).every((dim) => dim === 1);
}

/** The input as a matrix, the operator over its rows, and the input's shape again. */
function overRows(node: Node, axis: number, step: Step): Node[] {
  const [input = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const [shape, rows, result] = ['shape', 'rows', 'result'].map((part) => step.fresh(`${output}_${part}`)) as [
    string,
    string,
    string,
  ];
  node.attributes.set('axis', attribute.int(-1));
  node.inputs[0] = rows;
  node.outputs[0] = result;
  const named = (opType: string) => step.fresh(`${node.name || output}_${opType}`);
  return [
    new Node({ name: named('Shape'), opType: 'Shape', inputs: [input], outputs: [shape] }),
    new Node({
      ...{ name: named('Flatten'), opType: 'Flatten', inputs: [input], outputs: [rows] },
      attributes: { axis: attribute.int(axis) },
    }),
    node,
    new Node({ name: named('Reshape'), opType: 'Reshape', inputs: [result, shape], outputs: [output] }),
  ];
}

const softmax: Change = (node, step) => {
  const axis = intOf(node, 'axis', 1);
  if (isLast(axis, node.inputs[0] ?? '', step) !== true) return overRows(node, axis, step);
  node.attributes.set('axis', attribute.int(axis));
  return undefined;
};

export const SOFTMAX: Changes = { Softmax: { 13: softmax }, LogSoftmax: { 13: softmax }, Hardmax: { 13: softmax } };
