// Upsample, which became Resize, and Resize, which was told in opset 11 where its pixels lie.
import { attribute, floatsOf, ModelTensor, type Node, stringOf } from '../../model';
import type { Changes } from '../change';
import type { Step } from '../step';
import { setInput } from './attributes_to_inputs';

const vector = (values: readonly number[]): ModelTensor =>
  ModelTensor.of('float32', [values.length], Float32Array.from(values));

function scalesToInput(node: Node, step: Step): undefined {
  const scales = floatsOf(node, 'scales', undefined);
  if (scales === undefined) return step.refuse(node, 'it has no attribute scales');
  node.attributes.delete('scales');
  setInput(node, 1, step.constant(`${node.outputs[0]}_scales`, vector(scales)));
  return undefined;
}

function upsampleToResize(node: Node): undefined {
  node.opType = 'Resize';
  // "bilinear" was another word for it.
  if (stringOf(node, 'mode', 'nearest') === 'bilinear') node.attributes.set('mode', attribute.string('linear'));
  return undefined;
}

/** Before opset 11 runtimes rounded down where they enlarged, up where they reduced. */
function nearestMode(node: Node, step: Step): string {
  const scales = step.constantOf(node.inputs[1])?.floats() ?? [];
  const enlarges = scales.some((scale) => scale > 1);
  const reduces = scales.some((scale) => scale < 1);
  if (enlarges && reduces) step.refuse(node, 'it enlarges along one axis and reduces along another');
  return reduces ? 'ceil' : 'floor';
}

function tellPlaces(node: Node, step: Step): undefined {
  const [input = '', scales = ''] = node.inputs;
  node.attributes.set('coordinate_transformation_mode', attribute.string('asymmetric'));
  if (stringOf(node, 'mode', 'nearest') === 'nearest')
    node.attributes.set('nearest_mode', attribute.string(nearestMode(node, step)));
  // The region of interest may be left out from opset 13 on.
  node.inputs = [input, step.constant(`${node.outputs[0]}_roi`, vector([])), scales];
  return undefined;
}

/** Inputs that were empty tensors may be left out, and scales must be, where there are sizes. */
function leaveOutEmpty(node: Node, step: Step): undefined {
  if (stringOf(node, 'coordinate_transformation_mode', 'half_pixel') === 'tf_half_pixel_for_nn')
    step.refuse(node, "the coordinate transformation 'tf_half_pixel_for_nn' is no more");
  for (const place of [1, 2]) if (step.constantOf(node.inputs[place])?.size === 0) node.inputs[place] = '';
  while (node.inputs.at(-1) === '') node.inputs.pop();
  return undefined;
}

export const RESIZE: Changes = {
  Upsample: { 9: scalesToInput, 10: upsampleToResize },
  Resize: { 11: tellPlaces, 13: leaveOutEmpty },
};
