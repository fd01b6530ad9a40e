// Element by element over broadcast inputs.
import type { NumericType, TensorValue } from '../../model';
import type { Call } from '../call';
import { decode, encode, scratch } from '../numbers';
import { broadcastDims, broadcastStrides, stridesOf, walkRows } from '../strided';

export type NumberFunction = (a: number, b: number) => number;
export type BigFunction = (a: bigint, b: bigint) => bigint;

/** Functions of two values: for numbers, and for int64 and uint64. A truth is 1 or 0. */
export interface Pairwise {
  readonly number: NumberFunction;
  readonly big: (a: bigint, b: bigint) => bigint | number;
}

/** The dims of two tensors together. Throws ERR_SHAPE if they do not broadcast. */
export function jointDims(call: Call, ...values: readonly TensorValue[]): number[] {
  const shown = () => values.map(({ dims }) => `[${dims.join(', ')}]`).join(' and ');
  return broadcastDims(...values.map(({ dims }) => dims)) ?? call.fail(`dims ${shown()} do not broadcast`);
}

/** f(a, b) for every pair of values, as `type`. */
export function pairwise(call: Call, a: TensorValue, b: TensorValue, type: NumericType, f: Pairwise): TensorValue {
  if (a.type !== b.type) call.fail(`its inputs must be of one type, got ${a.type} and ${b.type}`, 'ERR_DTYPE');
  const dims = jointDims(call, a, b);
  const out = scratch(type, dims);
  const operate = a.type === 'int64' || a.type === 'uint64' ? f.big : f.number;
  const [x, y] = [decode(a) as Float32Array, decode(b) as Float32Array];
  pairRows(x, y, out as Float32Array, {
    f: operate as NumberFunction,
    walk: { dims, strides: [broadcastStrides(a.dims, dims), broadcastStrides(b.dims, dims), stridesOf(dims)] },
  });
  return encode(type, dims, out);
}

interface PairWalk {
  readonly f: NumberFunction;
  readonly walk: Parameters<typeof walkRows>[0];
}

function pairRows(x: Float32Array, y: Float32Array, out: Float32Array, { f, walk }: PairWalk): void {
  walkRows(walk, ([a, b, c], count, [stepA, stepB]) => {
    let [i, j] = [a!, b!];
    const end = c! + count;
    for (let k = c!; k < end; k++) {
      out[k] = f(x[i]!, y[j]!);
      i += stepA!;
      j += stepB!;
    }
  });
}

/** A value for each value of one input, as the same type. */
export function each(value: TensorValue, f: (x: number) => number): TensorValue {
  const type = value.type as NumericType;
  const x = decode(value) as Float32Array;
  const out = scratch(type, value.dims) as Float32Array;
  for (let i = 0; i < out.length; i++) out[i] = f(x[i]!);
  return encode(type, value.dims, out);
}
