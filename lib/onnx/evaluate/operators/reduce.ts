// The Reduce operators.
import { productOf } from '../../../tensor/tensor';
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { decode, encode, greater, lesser, type NumberArray, numbersOf, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { stridesOf, walkRows } from '../strided';

/** start, what each value adds, and the result of `count` values. */
interface Reduction {
  readonly start: number;
  readonly add: (sum: number, x: number) => number;
  readonly finish?: (sum: number, count: number) => number;
  /** The same for int64 and uint64, where it is exact. */
  readonly big?: (sum: bigint, x: bigint) => bigint;
}

const SUM: Reduction = { start: 0, add: (sum, x) => sum + x, big: (sum, x) => sum + x };
const MEAN: Reduction = { start: 0, add: SUM.add, finish: (sum, count) => sum / count };
const SQUARES: Reduction = { start: 0, add: (sum, x) => sum + x * x, big: (sum, x) => sum + x * x };
const MAX: Reduction = {
  start: Number.NEGATIVE_INFINITY,
  add: (top, x) => (x > top || Number.isNaN(x) ? x : top),
  big: greater,
};
const MIN: Reduction = {
  start: Number.POSITIVE_INFINITY,
  add: (low, x) => (x < low || Number.isNaN(x) ? x : low),
  big: lesser,
};

export interface Reduced {
  readonly sums: Float64Array;
  /** Values behind each. */
  readonly count: number;
  /** With the reduced axes as 1. */
  readonly kept: number[];
}

/** Adds each value to the sum that it belongs to. */
function accumulate<T extends number | bigint>(
  x: ArrayLike<T>,
  sums: { [index: number]: T },
  walk: { readonly dims: readonly number[]; readonly strides: readonly (readonly number[])[] },
  add: (sum: T, x: T) => T,
): void {
  walkRows(walk, ([from, at], count, [stepFrom, stepTo]) => {
    for (let i = 0, j = from!, k = at!; i < count; i++, j += stepFrom!, k += stepTo!) sums[k] = add(sums[k]!, x[j]!);
  });
}

/** How sums lie when axes are reduced: their dims, those axes as 1, and strides of values and sums. */
function reducedWalk(dims: readonly number[], axes: ReadonlySet<number>) {
  const kept = dims.map((dim, axis) => (axes.has(axis) ? 1 : dim));
  const own = stridesOf(kept);
  const to = dims.map((_, axis) => (axes.has(axis) ? 0 : own[axis]!));
  return { kept, walk: { dims, strides: [stridesOf(dims), to] } };
}

/** Reduces axes in double precision. */
export function reduceAxes(
  x: NumberArray,
  dims: readonly number[],
  axes: ReadonlySet<number>,
  { start, add }: Reduction,
): Reduced {
  const { kept, walk } = reducedWalk(dims, axes);
  const sums = new Float64Array(productOf(kept)).fill(start);
  accumulate<number>(x, sums, walk, add);
  return { sums, count: productOf(dims.filter((_, axis) => axes.has(axis))), kept };
}

function axesOf(call: Call, rank: number, inputSince: number): ReadonlySet<number> | undefined {
  const given = call.integersFrom(1, 'axes', inputSince);
  if (given !== undefined && given.length > 0) return new Set(given.map((axis) => call.axis(axis, rank)));
  return call.int('noop_with_empty_axes', 0) === 1 ? undefined : new Set(Array.from({ length: rank }, (_, i) => i));
}

const reduce =
  (reduction: Reduction, inputSince = 18): Operator =>
  (call) => {
    const value = call.input(0);
    const type = call.type(0);
    const axes = axesOf(call, value.dims.length, inputSince) ?? new Set<number>();
    const withoutReduced = (kept: number[]) =>
      call.int('keepdims', 1) === 1 ? kept : kept.filter((_, axis) => !axes.has(axis));
    const x = decode(value);
    if (reduction.big !== undefined && (x instanceof BigInt64Array || x instanceof BigUint64Array) && x.length > 0) {
      const { kept, walk } = reducedWalk(value.dims, axes);
      const out = scratch(type, kept) as BigInt64Array;
      // a first value that is its own least and greatest: any of those that are reduced with it
      if (Number.isFinite(reduction.start)) out.fill(BigInt(reduction.start));
      else accumulate<bigint>(x, out, walk, (_, one) => one);
      accumulate<bigint>(x, out, walk, reduction.big);
      return [{ type, dims: withoutReduced(kept), data: out }];
    }
    const { sums, count, kept } = reduceAxes(numbersOf(value), value.dims, axes, reduction);
    const finished = reduction.finish === undefined ? sums : sums.map((sum) => reduction.finish!(sum, count));
    return [typed(type, withoutReduced(kept), finished)];
  };

function typed(type: ReturnType<Call['type']>, dims: readonly number[], values: Float64Array): TensorValue {
  const out = scratch(type, dims);
  if (out instanceof BigInt64Array || out instanceof BigUint64Array)
    values.forEach((value, i) => {
      out[i] = BigInt(Number.isFinite(value) ? Math.trunc(value) : 0);
    });
  else out.set(values);
  return encode(type, dims, out);
}

/** log(sum(exp(x))), the largest value taken out first. */
const logSumExp: Operator = (call) => {
  const value = call.input(0);
  const type = call.type(0);
  const axes = axesOf(call, value.dims.length, 18) ?? new Set<number>();
  const x = Float64Array.from(numbersOf(value));
  const top = reduceAxes(x, value.dims, axes, MAX).sums.map((one) => (Number.isFinite(one) ? one : 0));
  const own = stridesOf(value.dims);
  const { kept } = reduceAxes(x, value.dims, axes, SUM);
  const strides = stridesOf(kept).map((stride, axis) => (axes.has(axis) ? 0 : stride));
  walkRows({ dims: value.dims, strides: [own, strides] }, ([from, at], count, [stepFrom, stepTo]) => {
    for (let i = 0, j = from!, k = at!; i < count; i++, j += stepFrom!, k += stepTo!) x[j] = Math.exp(x[j]! - top[k]!);
  });
  const { sums } = reduceAxes(x, value.dims, axes, SUM);
  const dims = call.int('keepdims', 1) === 1 ? kept : kept.filter((_, axis) => !axes.has(axis));
  return [
    typed(
      type,
      dims,
      sums.map((sum, i) => Math.log(sum) + top[i]!),
    ),
  ];
};

export const REDUCTIONS: Family = {
  ReduceL1: row(1, reduce({ start: 0, add: (sum, x) => sum + Math.abs(x), finish: (sum) => sum })),
  ReduceL2: row(1, reduce({ start: 0, add: SQUARES.add, finish: Math.sqrt })),
  ReduceLogSum: row(1, reduce({ start: 0, add: SUM.add, finish: Math.log })),
  ReduceLogSumExp: row(1, logSumExp),
  ReduceMax: row(1, reduce(MAX)),
  ReduceMean: row(1, reduce(MEAN)),
  ReduceMin: row(1, reduce(MIN)),
  ReduceProd: row(1, reduce({ start: 1, add: (product, x) => product * x, big: (product, x) => product * x })),
  ReduceSum: row(1, reduce(SUM, 13)),
  ReduceSumSquare: row(1, reduce(SQUARES)),
};
