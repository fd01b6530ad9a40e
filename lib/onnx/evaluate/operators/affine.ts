// Which scale and zero point belongs to each value: per tensor, per channel, or per block.
import { productOf } from '../../../tensor/tensor';
import type { Call } from '../call';

/** Values as [outer, length, inner], `length` along the axis; parameters as [outer, ceil(length / block), inner] or [length]. */
export interface Layout {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly granularity: 'tensor' | 'channel' | 'block';
  readonly block: number;
}

/** Throws ERR_SHAPE if scales of these dims do not fit. */
export function layoutOf(call: Call, dims: readonly number[], scale: readonly number[]): Layout {
  const count = productOf(scale);
  const size = productOf(dims);
  if (scale.length === 0 || (scale.length === 1 && count === 1 && call.int('block_size', 0) === 0))
    return { outer: 1, length: 1, inner: size, granularity: 'tensor', block: 1 };
  const axis = call.axis(call.int('axis', 1), dims.length);
  const [outer, length, inner] = [productOf(dims.slice(0, axis)), dims[axis]!, productOf(dims.slice(axis + 1))];
  const block = call.int('block_size', 0);
  const refuse = () => call.fail(`scales [${scale.join(', ')}] do not fit [${dims.join(', ')}] on axis ${axis}`);
  if (block === 0) {
    if (scale.length !== 1 || count !== length) refuse();
    return { outer, length, inner, granularity: 'channel', block: 1 };
  }
  const expected = block > 0 ? dims.with(axis, Math.ceil(length / block)) : refuse();
  if (expected.join() !== scale.join()) refuse();
  return { outer, length, inner, granularity: 'block', block };
}

/** Calls `run` for each run of consecutive values with one parameter: values [from, to), parameter `index`. */
export function eachRun(
  { outer, length, inner, granularity, block }: Layout,
  run: (from: number, to: number, index: number) => void,
): void {
  if (granularity === 'tensor') {
    run(0, inner, 0);
    return;
  }
  const blocks = Math.ceil(length / block);
  for (let o = 0; o < outer; o++)
    for (let a = 0; a < length; a++) {
      const from = (o * length + a) * inner;
      if (granularity === 'channel') run(from, from + inner, a);
      else {
        const first = (o * blocks + Math.floor(a / block)) * inner;
        for (let i = 0; i < inner; i++) run(from + i, from + i + 1, first + i);
      }
    }
}
