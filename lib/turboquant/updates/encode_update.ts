// Gradients and weight deltas as codes whose errors average out over clients.
import { makeError } from '../../errors';
import { isDataOf } from '../../tensor/dtype';
import { allocateOrThrow, Tensor } from '../../tensor/tensor';
import { checkOptions, reject } from '../../validate';
import type { Codes } from '../codec/codes';
import { TurboQuant } from '../codec/turbo_quant';
import { freshSeed } from './update_seed';

export interface UpdateOptions {
  /** Bits of a value, from 1 to 8. Default 1. */
  readonly bits?: number | undefined;
  /** Values that share a scale of 32 bits, from 8 to 16,384. Default 1024. */
  readonly dim?: number | undefined;
  /** Of the rotation; no two updates of a mean may share one. Default: a fresh one from the system. */
  readonly seed?: number | bigint | undefined;
}

/**
 * An update of any length, cut into vectors of `dim` values, the last one filled up with zeros, each in unbiased codes: on average over
 * seeds they decode to the update, so that the error of a mean over n clients falls as 1 / n (EDEN, arXiv 2108.08842).
 * @throws ERR_DTYPE, ERR_RANGE for options, and for values that are not finite
 */
export function encodeUpdate(update: Float32Array, options?: UpdateOptions): Codes {
  if (!isDataOf('float32', update)) reject('update', 'a Float32Array', update, 'ERR_DTYPE');
  const { bits = 1, dim = 1024, seed = freshSeed() } = checkOptions('options', options);
  const codec = new TurboQuant({ dim, bits, scale: 'unbiased', seed });
  const count = Math.ceil(update.length / dim);
  const rows = allocateOrThrow('float32', count * dim, [count, dim]);
  if (count > 0) rows.set(update); // one that is detached is empty, and cannot be read
  return codec.encode(new Tensor('float32', rows, [count, dim]));
}

/**
 * Adds an update, times `weight`, to `sum`.
 * @throws ERR_RANGE for codes with another scale than `unbiased`; ERR_SHAPE if the update is not as long as `sum`
 */
export function addUpdate(sum: Float64Array, update: Codes, weight: number): void {
  const { dim, scale } = update.format;
  if (scale !== 'unbiased')
    throw makeError('ERR_RANGE', `updates must have the scale unbiased, whose errors average out, got ${scale}`);
  if (update.count !== Math.ceil(sum.length / dim))
    throw makeError(
      'ERR_SHAPE',
      `an update of ${sum.length} values must have ${Math.ceil(sum.length / dim)} vectors of ${dim}, got ${update.count}`,
    );
  const values = new TurboQuant(update.format).decode(update).data;
  for (let i = 0; i < sum.length; i++) sum[i]! += weight * values[i]!;
}
