// Defaults, names and required attributes that changed.
import { attribute, type Node, stringOf } from '../../model';
import type { Changes } from '../change';
import type { Step } from '../step';

function scatterElements(node: Node): undefined {
  node.opType = 'ScatterElements';
  return undefined;
}

function roiAlign(node: Node): undefined {
  if (!node.attributes.has('coordinate_transformation_mode'))
    node.attributes.set('coordinate_transformation_mode', attribute.string('output_half_pixel'));
  return undefined;
}

const GRID_MODES: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' };

function gridSample(node: Node): undefined {
  const mode = stringOf(node, 'mode', 'bilinear');
  node.attributes.set('mode', attribute.string(GRID_MODES[mode] ?? mode));
  return undefined;
}

/** Equal parts must be counted. */
function split(node: Node): undefined {
  if ((node.inputs[1] ?? '') !== '') return undefined;
  node.inputs.length = 1;
  node.attributes.set('num_outputs', attribute.int(node.outputs.length));
  return undefined;
}

/** The first kind of Scan had a batch around it. */
function scan(node: Node, step: Step): undefined {
  return step.refuse(node, 'Scan was another operator before opset 9');
}

export const DEFAULTS: Changes = {
  GridSample: { 20: gridSample },
  RoiAlign: { 16: roiAlign },
  Scan: { 9: scan },
  Scatter: { 11: scatterElements },
  Split: { 18: split },
};
