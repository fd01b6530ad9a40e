// Which values of a tensor share a channel of an observer, and a range of its scan.
import { makeError } from '../errors';
import type { Granularity } from '../quantize';
import { type Channels, channelsOf } from '../quantize/channels';
import { viewOf } from './sketch_form';

export interface Layout {
  /** Channels of the statistics. */
  readonly channels: number;
  /** Those of which a scan finds the ranges. */
  readonly scanned: Channels;
}

const ONE: Channels = { count: 1, inner: 1 };

/** A tensor as one channel. */
export const WHOLE: Layout = { channels: 1, scanned: ONE };

/** For statistics that are made of scans. Throws ERR_SHAPE, ERR_RANGE or ERR_UNSUPPORTED for dims that do not fit. */
export function layoutOfRanges(dims: readonly number[], granularity: Granularity): Layout {
  const scanned = channelsOf(dims, granularity);
  if (scanned.count === 0) throw makeError('ERR_SHAPE', 'there are no channels to observe');
  return { channels: scanned.count, scanned };
}

/** For sketches, whose scans only tell whether all values are finite. Throws as layoutOfRanges. */
export function layoutOfSketch(dims: readonly number[], granularity: Granularity): Layout {
  if (granularity === 'tensor') return WHOLE;
  const { channels } = viewOf(dims, { bins: 2, block: undefined, ...granularity });
  return { channels, scanned: ONE };
}
