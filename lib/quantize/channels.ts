// A tensor seen as [outer, channels, inner], the way the kernels see a granularity.
import { makeError } from '../errors';
import { productOf } from '../tensor/tensor';
import { type AnyQParams, blockOf, type Granularity, resolveAxis } from './scheme';

export interface Channels {
  readonly count: number;
  readonly inner: number;
}

/**
 * Channels of a granularity on a tensor of these dims; `inner` is the length of one channel's contiguous run. Blocks are
 * channels of which each comes once.
 */
export function channelsOf(dims: readonly number[], granularity: Granularity): Channels {
  if (granularity === 'tensor') return { count: 1, inner: 1 };
  const axis = resolveAxis('granularity.axis', granularity.axis, dims.length);
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const block = blockOf(granularity);
  if (block === undefined) return { count: dims[axis]!, inner };
  if (inner !== 1 || dims[axis]! % block !== 0)
    throw makeError(
      'ERR_UNSUPPORTED',
      `blocks must divide the last axis, got blocks of ${block} along axis ${axis} of [${dims.join(', ')}]`,
    );
  return { count: productOf(dims) / block, inner: block };
}

/** As channelsOf, and throws ERR_SHAPE unless the parameters hold one value for each channel. */
export function channelsFor(dims: readonly number[], params: AnyQParams): Channels {
  const channels = channelsOf(dims, params.granularity);
  if (params.scale.length !== channels.count)
    throw makeError(
      'ERR_SHAPE',
      `params hold ${params.scale.length} scales, but the tensor [${dims.join(', ')}] has ${channels.count} channels`,
    );
  return channels;
}
