// Attributes that became inputs.
import { floatOf, intOf, intsOf, ModelTensor, type Node } from '../../model';
import type { Change, Changes } from '../change';
import type { Step } from '../step';

/** Sets an input; those between it and the present ones are absent. */
export function setInput(node: Node, place: number, name: string): void {
  while (node.inputs.length < place) node.inputs.push('');
  node.inputs[place] = name;
}

const nameFor = (node: Node, input: string): string => `${node.outputs[0] || node.name || node.opType}_${input}`;

/** An attribute of integers, if it is there. */
function integersToInput(attribute: string, place: number): Change {
  return (node, step) => {
    const values = intsOf(node, attribute, undefined);
    node.attributes.delete(attribute);
    if (values !== undefined) setInput(node, place, step.integers(nameFor(node, attribute), values));
    return undefined;
  };
}

/** A tensor of the element type of the node's first input. */
function scalarLikeInput(node: Node, step: Step, value: number): ModelTensor {
  const type = step.typeOf(node.inputs[0] ?? '')?.elementType ?? 'float32';
  if (type === 'float32') return ModelTensor.scalar('float32', Float32Array.of(value));
  if (type === 'float64') return ModelTensor.scalar('float64', Float64Array.of(value));
  return step.refuse(node, `its input is ${type}, expected float32 or float64`);
}

const clip: Change = (node, step) => {
  ['min', 'max'].forEach((attribute, i) => {
    const value = floatOf(node, attribute, undefined);
    node.attributes.delete(attribute);
    if (value !== undefined)
      setInput(node, i + 1, step.constant(nameFor(node, attribute), scalarLikeInput(node, step, value)));
  });
  return undefined;
};

const pad: Change = (node, step) => {
  const value = floatOf(node, 'value', 0);
  integersToInput('pads', 1)(node, step);
  node.attributes.delete('value');
  if (value !== 0) setInput(node, 2, step.constant(nameFor(node, 'value'), scalarLikeInput(node, step, value)));
  return undefined;
};

const slice: Change = (node, step) => {
  for (const [i, attribute] of ['starts', 'ends', 'axes'].entries()) integersToInput(attribute, i + 1)(node, step);
  return undefined;
};

const topK: Change = (node, step) => {
  const k = intOf(node, 'k', undefined);
  if (k === undefined) return step.refuse(node, 'it has no attribute k');
  node.attributes.delete('k');
  setInput(node, 1, step.integers(nameFor(node, 'k'), [k]));
  return undefined;
};

/** The ratio matters in training alone. What the mask holds without training has changed. */
const dropout: Change = (node, step) => {
  if ((node.outputs[1] ?? '') !== '') step.refuse(node, 'its mask is read, which has changed');
  node.attributes.delete('ratio');
  return undefined;
};

/** The axis of a discrete Fourier transform, which was 1 where nothing said otherwise. */
const dft: Change = (node, step) => {
  const axis = intOf(node, 'axis', 1);
  node.attributes.delete('axis');
  const tensor = ModelTensor.scalar('int64', BigInt64Array.of(BigInt(axis)));
  setInput(node, 2, step.constant(nameFor(node, 'axis'), tensor));
  return undefined;
};

const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'];
const axes = integersToInput('axes', 1);

export const ATTRIBUTES_TO_INPUTS: Changes = {
  Clip: { 11: clip },
  DFT: { 20: dft },
  Dropout: { 12: dropout },
  Pad: { 11: pad },
  ReduceSum: { 13: axes },
  Slice: { 10: slice },
  Split: { 13: integersToInput('split', 1) },
  Squeeze: { 13: axes },
  TopK: { 10: topK },
  Unsqueeze: { 13: axes },
  ...Object.fromEntries(REDUCTIONS.map((name) => [`Reduce${name}`, { 18: axes }])),
};
