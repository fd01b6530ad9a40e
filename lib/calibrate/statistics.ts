// What observers gather, one kind of it for each kind of method.
import type { AsyncOptions } from '../abort_signal';
import type { Observed, Scan } from './scan';

/** A range for each channel. */
export interface ChannelRanges {
  min: Float32Array;
  max: Float32Array;
}

/** Statistics of one tensor over its samples. */
export interface Statistics {
  /** Channels of the data so far; undefined before any. */
  readonly channels: number | undefined;
  readonly nanCount: number;
  readonly infinityCount: number;
  /** True if `take` needs the scan of its data, whatever the policy. */
  readonly needsScan: boolean;
  /** Takes a tensor in. Throws ERR_SHAPE for another number of channels, and then stays as it was. */
  take(observed: Observed, scan: Scan | undefined): void;
  takeAsync(observed: Observed, scan: Scan | undefined, options: AsyncOptions): Promise<void>;
  /** Takes another's data in; it is of the same kind, with the same options. Throws as `take`, or ERR_UNSUPPORTED. */
  merge(other: Statistics): void;
  clone(): Statistics;
  /** The range that the method chooses for each channel, that of 0 for one without finite values; data was taken. */
  range(): ChannelRanges;
  toJSON(): object;
}
