// One look at a tensor: its shape against its observer's, the range of its channels, what is not finite.
import { type AsyncOptions, untilAborted } from '../abort_signal';
import { addon } from '../addon';
import { makeError } from '../errors';
import type { TensorLike } from '../tensor';
import { checkContiguous } from '../tensor/matrix';
import { allocateOrThrow, checkUnshared, readTensorLike } from '../tensor/tensor';
import { badValueError, type Label, naming } from './bad_data';
import type { Layout } from './layout';

const FLOATS = ['float32'] as const;

/** A tensor that fits its observer. */
export interface Observed extends Layout {
  readonly label: Label;
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** What a tensor's values are like. */
export interface Scan {
  /** [min, max] of each channel's finite values; [Infinity, -Infinity] of one without any. */
  readonly range: Float32Array;
  /** NaN and infinite values. */
  readonly counts: Float64Array;
}

/**
 * Checks a tensor.
 * @param layoutOf the channels that the observer has of such dims
 * @param channels what earlier data had; undefined before any
 * @throws ERR_DTYPE, ERR_RANGE or ERR_SHAPE, naming the tensor by its label
 */
export function checkObserved(
  label: Label,
  x: TensorLike<'float32'>,
  layoutOf: (dims: readonly number[]) => Layout,
  channels: number | undefined,
): Observed {
  const { data, dims, strides } = readTensorLike(label, x, FLOATS);
  checkUnshared(label, data);
  checkContiguous(label, { type: 'float32', data, dims, strides });
  const layout = naming(`${label} [${dims.join(', ')}]`, () => layoutOf(dims));
  if (channels !== undefined && channels !== layout.channels)
    throw makeError('ERR_SHAPE', `${label} has ${layout.channels} channels, earlier data had ${channels}`);
  return { label, data, dims, ...layout };
}

function scanOf({ scanned: { count } }: Observed): Scan {
  return { range: allocateOrThrow('float32', 2 * count, [2 * count]), counts: new Float64Array(2) };
}

export function scan(observed: Observed): Scan {
  const result = scanOf(observed);
  addon.minMax(observed.data, result.range, result.counts, observed.scanned.inner);
  return result;
}

/** As scan, off the event loop. */
export async function scanAsync(observed: Observed, { signal }: AsyncOptions): Promise<Scan> {
  const result = scanOf(observed);
  const { data, scanned } = observed;
  await untilAborted(signal, () => addon.minMaxAsync(data, result.range, result.counts, scanned.inner));
  return result;
}

/** Throws ERR_RANGE, naming the first place, if a value is not finite. */
export function checkFinite({ label, data, dims }: Observed, { counts }: Scan): void {
  if (counts[0]! > 0 || counts[1]! > 0) throw badValueError(label, data, dims);
}
