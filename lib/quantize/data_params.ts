// Parameters for a tensor's own range.
import { untilAborted } from '../abort_signal';
import { addon } from '../addon';
import { makeError } from '../errors';
import type { TensorLike } from '../tensor';
import { checkContiguous } from '../tensor/matrix';
import { allocateOrThrow } from '../tensor/tensor';
import { channelsOf } from './channels';
import { chooseParams } from './choose_params';
import { type AnyQParams, type AnyScheme, checkScheme } from './scheme';

/** Parameters for the range of a tensor's data by a scheme. Throws ERR_RANGE for NaN and infinities. */
export function paramsOfData(x: TensorLike<'float32'>, scheme: AnyScheme): AnyQParams {
  const { range, counts, inner } = rangeBuffers(x, scheme);
  addon.minMax(x.data, range, counts, inner);
  return paramsOfRange(range, counts, scheme);
}

/** As paramsOfData, off the event loop. x must belong to nobody else. */
export async function paramsOfDataAsync(
  x: TensorLike<'float32'>,
  scheme: AnyScheme,
  signal: AbortSignal | undefined,
): Promise<AnyQParams> {
  const { range, counts, inner } = rangeBuffers(x, scheme);
  await untilAborted(signal, () => addon.minMaxAsync(x.data, range, counts, inner));
  return paramsOfRange(range, counts, scheme);
}

/** Arrays for the range of a tensor's data by a scheme. */
function rangeBuffers(x: TensorLike<'float32'>, scheme: AnyScheme) {
  checkScheme('params', scheme);
  checkContiguous('x', x);
  const { count, inner } = channelsOf(x.dims, scheme.granularity);
  if (count === 0) throw makeError('ERR_SHAPE', 'x has no channels to quantize');
  return { range: allocateOrThrow('float32', 2 * count, [2 * count]), counts: new Float64Array(2), inner };
}

function paramsOfRange(range: Float32Array, counts: Float64Array, scheme: AnyScheme): AnyQParams {
  if (counts[0]! + counts[1]! > 0)
    throw makeError(
      'ERR_RANGE',
      `the tensor to quantize holds ${counts[0]} NaN and ${counts[1]} infinite values: no range follows from it`,
    );
  const bound = (at: number) => range.filter((_, i) => i % 2 === at).map((v) => (Number.isFinite(v) ? v : 0));
  return chooseParams({ min: bound(0), max: bound(1) }, scheme);
}
