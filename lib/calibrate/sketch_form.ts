// What kind of a sketch it is: bins, and which values share a channel.
import { makeError } from '../errors';
import { type Channels, channelsOf } from '../quantize/channels';
import { resolveAxis } from '../quantize/scheme';

export interface SketchForm {
  readonly bins: number;
  readonly axis: number | undefined;
  readonly block: number | undefined;
}

export function sameForm(a: SketchForm, b: SketchForm): boolean {
  return a.bins === b.bins && a.axis === b.axis && a.block === b.block;
}

/**
 * Channels of a tensor of these dims. Blocks lie in the order of ONNX's blocked scales: one for each index of the other
 * axes and each block along the axis, which must be the last one and hold whole blocks.
 */
export function channelsOfSketch(dims: readonly number[], { axis, block }: SketchForm): Channels {
  const { count, inner } = channelsOf(dims, axis === undefined ? 'tensor' : { axis });
  if (count === 0) throw makeError('ERR_SHAPE', 'x has no channels to observe');
  if (axis === undefined || block === undefined) return { count, inner };
  if (resolveAxis('axis', axis, dims.length) !== dims.length - 1)
    throw makeError('ERR_UNSUPPORTED', `blocks lie along the last axis only, got axis ${axis} of ${dims.length}`);
  if (count % block !== 0)
    throw makeError('ERR_SHAPE', `the axis must hold whole blocks of ${block}, got dims [${dims.join(', ')}]`);
  const blocks = dims.reduce((product, dim) => product * dim, 1) / block;
  if (blocks === 0) throw makeError('ERR_SHAPE', 'x has no blocks to observe');
  return { count: blocks, inner: block };
}
