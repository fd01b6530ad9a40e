// Constants that hold one value for each channel, whatever dims of 1 surround them.
import type { ModelTensor } from '../model';

/**
 * The values along one axis of a tensor of `rank` dimensions that a float32 constant adds to or multiplies; undefined if the
 * constant varies along other axes, has another length, or more dimensions than the tensor.
 */
export function channelValues(
  constant: ModelTensor | undefined,
  { axis, rank, channels }: { readonly axis: number; readonly rank: number; readonly channels: number },
): Float32Array | undefined {
  if (constant?.type !== 'float32' || constant.dims.length > rank) return undefined;
  const offset = rank - constant.dims.length;
  const values = constant.floats();
  if (values.length === 1) return new Float32Array(channels).fill(values[0] as number);
  const length = constant.dims[axis - offset];
  const others = constant.dims.every((dim, i) => i === axis - offset || dim === 1);
  return others && length === channels ? values : undefined;
}
