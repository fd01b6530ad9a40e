// A sample's dims under those of an input: an axis for the batch is added where it is missing.
import { showDims } from '../execute';
import type { Dim, TensorValue, ValueInfo } from '../model';
import { type SamplePlace, sampleError } from './sample_tensor';

const fits = (expected: readonly Dim[], dims: readonly number[]): boolean =>
  expected.length === dims.length && expected.every((dim, axis) => typeof dim !== 'number' || dim === dims[axis]);

function hintFor(expected: readonly Dim[], dims: readonly number[]): string {
  const [, , , channels] = dims.length === 3 ? [0, ...dims] : dims;
  const [, planes] = expected;
  if (expected.length === 4 && planes === channels && planes !== expected[3])
    return 'The data have channels last (NHWC), the model takes them first (NCHW): transpose the data.';
  return 'The first axis of a file is that of the samples; what follows must be the shape of the input, with or without its batch axis.';
}

/** The dims of an input, undefined where the model does not even state its rank. */
export const dimsOf = ({ type }: ValueInfo): readonly Dim[] | undefined =>
  type?.kind === 'tensor' ? type.dims : undefined;

/**
 * The tensor with the input's rank: as it is, or of one sample with a batch axis of 1 before it.
 * @param batch what the model fixes that axis to; samples are then put together to so many
 * @throws ERR_RANGE, naming the place, both shapes and a remedy
 */
export function fitDims(input: ValueInfo, value: TensorValue, place: SamplePlace): TensorValue {
  const expected = dimsOf(input);
  if (expected === undefined || fits(expected, value.dims)) return value;
  if (expected.length === value.dims.length + 1 && fits(expected.slice(1), value.dims))
    return { ...value, dims: [1, ...value.dims] };
  const hint = hintFor(expected, value.dims);
  throw sampleError(place, `has the dims ${showDims(value.dims)}, the model takes ${showDims(expected)}`, hint);
}
