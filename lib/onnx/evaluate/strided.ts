// Arrays walked by strides: what broadcasting, transposing and slicing have in common.
import type { ElementArray } from '../model';

/** Strides, in elements, of a contiguous tensor. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= dims[axis]!;
  }
  return strides;
}

/** Strides of a contiguous tensor seen as one of larger dims that it broadcasts to: 0 along the axes that repeat. */
export function broadcastStrides(dims: readonly number[], to: readonly number[]): number[] {
  const own = stridesOf(dims);
  const missing = to.length - dims.length;
  return to.map((_, axis) => (axis < missing || dims[axis - missing] === 1 ? 0 : own[axis - missing]!));
}

/** The dims that all of these broadcast to; undefined if there are none. */
export function broadcastDims(...all: readonly (readonly number[])[]): number[] | undefined {
  const rank = Math.max(0, ...all.map(({ length }) => length));
  const out = new Array<number>(rank).fill(1);
  for (const dims of all)
    for (let i = 0; i < dims.length; i++) {
      const axis = rank - dims.length + i;
      if (dims[i] === 1 || dims[i] === out[axis]) continue;
      if (out[axis] !== 1) return undefined;
      out[axis] = dims[i]!;
    }
  return out;
}

/** Axes over which several operands move together. */
export interface Walk {
  readonly dims: readonly number[];
  /** Strides of each operand. */
  readonly strides: readonly (readonly number[])[];
}

/** The same walk with as few axes as can be; at least one. */
function collapse({ dims, strides }: Walk): { dims: number[]; strides: number[][] } {
  const kept: number[] = [];
  const out = strides.map((): number[] => []);
  for (let axis = 0; axis < dims.length; axis++) {
    if (dims[axis] === 1) continue;
    const last = kept.length - 1;
    const joins = last >= 0 && strides.every((own, i) => out[i]![last] === own[axis]! * dims[axis]!);
    if (joins) kept[last]! *= dims[axis]!;
    else kept.push(dims[axis]!);
    out.forEach((list, i) => {
      list[joins ? last : list.length] = strides[i]![axis]!;
    });
  }
  if (kept.length > 0) return { dims: kept, strides: out };
  return { dims: [dims.includes(0) ? 0 : 1], strides: strides.map(() => [0]) };
}

/** The rows of a walk: each operand's offset at a row's start, and along the row the count and each operand's stride. */
export function walkRows(
  walk: Walk,
  row: (at: readonly number[], count: number, strides: readonly number[]) => void,
): void {
  if (walk.dims.includes(0)) return;
  const { dims, strides } = collapse(walk);
  const last = dims.length - 1;
  const inner = strides.map((own) => own[last]!);
  const index = new Array<number>(last).fill(0);
  const at = strides.map(() => 0);
  for (;;) {
    row(at, dims[last]!, inner);
    let axis = last - 1;
    for (; axis >= 0; axis--) {
      for (let i = 0; i < at.length; i++) at[i]! += strides[i]![axis]!;
      if (++index[axis]! < dims[axis]!) break;
      for (let i = 0; i < at.length; i++) at[i]! -= strides[i]![axis]! * dims[axis]!;
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** Where values come from: an offset and strides into an array. */
export interface View {
  readonly array: ElementArray;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Copies values between two views of the same dims. Both arrays are of one class. */
export function copyView(dims: readonly number[], from: View, to: View): void {
  const source = from.array as Float32Array;
  const target = to.array as Float32Array;
  walkRows({ dims, strides: [from.strides, to.strides] }, ([a, b], count, [stepA, stepB]) => {
    let read = from.offset + a!;
    let write = to.offset + b!;
    if (stepA === 1 && stepB === 1 && count > 16) {
      target.set(source.subarray(read, read + count), write);
      return;
    }
    for (let i = 0; i < count; i++) {
      target[write] = source[read]!;
      read += stepA!;
      write += stepB!;
    }
  });
}

/** A contiguous array as a view. */
export const whole = (array: ElementArray, dims: readonly number[]): View => ({
  array,
  offset: 0,
  strides: stridesOf(dims),
});
