// Zeros that a Pad puts around a picture become the convolution's own.
import { attribute, intsOf, type Node, stringOf } from '../model';
import type { GraphEdit, Pass } from './graph_edit';

/** The pads of a Pad node for each dimension, before and after; undefined if it puts anything but zeros, or is not constant. */
function zeroPads(edit: GraphEdit, node: Node): readonly number[] | undefined {
  if (stringOf(node, 'mode', 'constant') !== 'constant' || (node.inputs[3] ?? '') !== '') return undefined;
  const value = node.attributes.get('value');
  if (value?.kind === 'float' && value.value !== 0) return undefined;
  const filling = node.inputs[2] ?? '';
  if (
    filling !== '' &&
    edit
      .constant(filling)
      ?.bytes()
      .every((byte) => byte === 0) !== true
  )
    return undefined;
  const pads = edit.constant(node.inputs[1]);
  return intsOf(node, 'pads', undefined) ?? (pads && Array.from(pads.array(), Number));
}

export const foldPads: Pass = (edit) => {
  for (const conv of edit.nodes()) {
    if (!conv.is('Conv') || stringOf(conv, 'auto_pad', 'NOTSET') !== 'NOTSET') continue;
    const pad = edit.ownProducer(conv.inputs[0] as string);
    const pads = pad?.is('Pad') ? zeroPads(edit, pad) : undefined;
    if (pad === undefined || pads === undefined) continue;
    const rank = pads.length / 2;
    const [before, after] = [pads.slice(0, rank), pads.slice(rank)];
    if ([...before.slice(0, 2), ...after.slice(0, 2)].some((count) => count !== 0)) continue;
    const around = [...before.slice(2), ...after.slice(2)];
    if (around.some((count) => count < 0)) continue;
    const own = intsOf(
      conv,
      'pads',
      around.map(() => 0),
    );
    conv.attributes.set('pads', attribute.ints(around.map((count, i) => count + (own[i] ?? 0))));
    edit.setInput(conv, 0, pad.inputs[0] as string);
    edit.remove(pad);
    edit.log(`${pad.label} folded into ${conv.label}`);
  }
};
