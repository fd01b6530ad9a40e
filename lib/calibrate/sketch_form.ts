// What kind of a sketch it is: bins, and which values share a channel.
import { makeError } from '../errors';
import { channelsOf } from '../quantize/channels';
import { resolveAxis } from '../quantize/scheme';

export interface SketchForm {
  readonly bins: number;
  readonly axis: number | undefined;
  readonly block: number | undefined;
}

export function sameForm(a: SketchForm, b: SketchForm): boolean {
  return a.bins === b.bins && a.axis === b.axis && a.block === b.block;
}

/** Which values share a channel: of a tensor [outer, channels, inner], or of blocks of [outer, axis, inner]. */
export interface SketchView {
  readonly channels: number;
  readonly inner: number;
  /** Both 0 without blocks. */
  readonly axis: number;
  readonly block: number;
}

/**
 * Channels of a tensor of these dims. Blocks are those of ONNX's blocked quantization: one for each index of the other
 * axes and each block along the axis, in the order of the tensor; the last one along it may be shorter.
 */
export function viewOf(dims: readonly number[], { axis, block }: SketchForm): SketchView {
  const { count, inner } = channelsOf(dims, axis === undefined ? 'tensor' : { axis });
  if (count === 0) throw makeError('ERR_SHAPE', 'x has no channels to observe');
  if (axis === undefined || block === undefined) return { channels: count, inner, axis: 0, block: 0 };
  const outer = dims.slice(0, resolveAxis('axis', axis, dims.length)).reduce((product, dim) => product * dim, 1);
  const channels = outer * Math.ceil(count / block) * inner;
  if (channels === 0) throw makeError('ERR_SHAPE', 'x has no blocks to observe');
  return { channels, inner, axis: count, block };
}
