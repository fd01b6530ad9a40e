// Slice.
import type { Call } from '../call';
import { type Family, type Operator, row } from '../operator';
import { stridesOf } from '../strided';
import { viewed } from './move';

interface Cut {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

const limit = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** From start to end in steps, as Python's: negative positions count from the end, positions beyond the ends stop there. */
function cutOf(call: Call, length: number, [from, to, step]: readonly [number, number, number]): Cut {
  if (step === 0) call.fail('a step is 0', 'ERR_RANGE');
  const wrap = (position: number) => (position < 0 ? position + length : position);
  const start = step > 0 ? limit(wrap(from), 0, length) : limit(wrap(from), -1, length - 1);
  const end = step > 0 ? limit(wrap(to), 0, length) : limit(wrap(to), -1, length - 1);
  return { start, step, length: Math.max(0, Math.ceil((end - start) / step)) };
}

/** Attributes before version 10, inputs from it on. */
const slice: Operator = (call) => {
  const value = call.input(0);
  call.type(0);
  const starts = call.integersFrom(1, 'starts', 10) ?? call.fail('it has no starts', 'ERR_FILE');
  const ends = call.integersFrom(2, 'ends', 10) ?? call.fail('it has no ends', 'ERR_FILE');
  const axes = call.integersFrom(3, 'axes', 10) ?? starts.map((_, i) => i);
  const steps = (call.opset >= 10 ? call.optionalIntegers(4) : undefined) ?? starts.map(() => 1);
  if (ends.length !== starts.length || axes.length !== starts.length || steps.length !== starts.length)
    call.fail(
      `starts, ends, axes and steps differ in length: ${starts.length}, ${ends.length}, ${axes.length}, ${steps.length}`,
    );
  const dims = [...value.dims];
  const strides = stridesOf(value.dims);
  let offset = 0;
  axes.forEach((given, i) => {
    const axis = call.axis(given, dims.length);
    const cut = cutOf(call, value.dims[axis]!, [starts[i]!, ends[i]!, steps[i]!]);
    offset += cut.length === 0 ? 0 : cut.start * strides[axis]!;
    dims[axis] = cut.length;
    strides[axis]! *= cut.step;
  });
  return [viewed(value, dims, strides, offset)];
};

export const SLICES: Family = { Slice: row(1, slice) };
