// BatchNormalization and GroupNormalization.
import { intOf, ModelTensor, type Node } from '../../model';
import type { Changes } from '../change';
import type { Step } from '../step';

const isUsed = (name: string | undefined): boolean => name !== undefined && name !== '';

function perChannelOnly(node: Node, step: Step): undefined {
  if (intOf(node, 'spatial', 1) !== 1) step.refuse(node, 'it has a mean for every place, not for every channel');
  node.attributes.delete('spatial');
  return undefined;
}

/** What training wrote beside the result. */
function oneOutput(node: Node, step: Step): undefined {
  if (node.outputs.slice(1).some(isUsed)) step.refuse(node, 'it has the outputs of training');
  node.outputs.length = 1;
  return undefined;
}

/** A scale and a bias for every group became one for every channel. */
function perChannel(node: Node, step: Step): undefined {
  const channels = step.typeOf(node.inputs[0] ?? '')?.dims?.[1];
  const groups = intOf(node, 'num_groups', 1);
  if (typeof channels !== 'number' || channels % groups !== 0)
    step.refuse(node, 'the number of its channels is not known');
  for (const place of [1, 2]) {
    const values = step.constantOf(node.inputs[place]);
    if (values === undefined || values.size !== groups) step.refuse(node, 'its scale or bias is no constant per group');
    const floats = values.floats();
    const repeated = Float32Array.from({ length: channels }, (_, i) => floats[Math.floor(i / (channels / groups))]!);
    node.inputs[place] = step.constant(
      `${node.inputs[place]}_per_channel`,
      ModelTensor.of('float32', [channels], repeated),
    );
  }
  return undefined;
}

export const NORMALIZATION: Changes = {
  BatchNormalization: { 9: perChannelOnly, 14: oneOutput },
  GroupNormalization: { 21: perChannel },
};
