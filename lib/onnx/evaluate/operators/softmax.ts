// Softmax, LogSoftmax and Hardmax.
import { productOf } from '../../../tensor/tensor';
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { encode, type FloatArray, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';

/** Values as [outer, length, inner]: along one axis from version 13 on, before it along all axes from `axis` on. */
export interface Lines {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

export function linesOf(call: Call, dims: readonly number[]): Lines {
  const single = call.opset >= 13;
  const given = call.int('axis', single ? -1 : 1);
  const axis = dims.length === 0 || given === dims.length ? given : call.axis(given, dims.length);
  if (!single) return { outer: productOf(dims.slice(0, axis)), length: productOf(dims.slice(axis)), inner: 1 };
  return { outer: productOf(dims.slice(0, axis)), length: dims[axis] ?? 1, inner: productOf(dims.slice(axis + 1)) };
}

type LineFunction = (x: FloatArray, out: FloatArray, at: number, lines: Lines) => void;

const along =
  (f: LineFunction): Operator =>
  (call) => {
    const { dims } = call.input(0);
    const type = call.type(0);
    const out = scratch(type, dims) as FloatArray;
    mapLines(call.floats(0), out, linesOf(call, dims), f);
    return [encode(type, dims, out)];
  };

function mapLines(x: FloatArray, out: FloatArray, lines: Lines, f: LineFunction): void {
  const { outer, length, inner } = lines;
  for (let o = 0; o < outer; o++) for (let i = 0; i < inner; i++) f(x, out, o * length * inner + i, lines);
}

function largest(x: FloatArray, at: number, { length, inner }: Lines): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let j = 0, p = at; j < length; j++, p += inner) if (x[p]! > top) top = x[p]!;
  return top;
}

const softmaxLine: LineFunction = (x, out, at, lines) => {
  const top = largest(x, at, lines);
  let sum = 0;
  for (let j = 0, p = at; j < lines.length; j++, p += lines.inner) {
    const value = Math.exp(x[p]! - top);
    out[p] = value;
    sum += value;
  }
  for (let j = 0, p = at; j < lines.length; j++, p += lines.inner) out[p]! /= sum;
};

const logSoftmaxLine: LineFunction = (x, out, at, lines) => {
  const top = largest(x, at, lines);
  let sum = 0;
  for (let j = 0, p = at; j < lines.length; j++, p += lines.inner) sum += Math.exp(x[p]! - top);
  const log = Math.log(sum);
  for (let j = 0, p = at; j < lines.length; j++, p += lines.inner) out[p] = x[p]! - top - log;
};

const hardmaxLine: LineFunction = (x, out, at, lines) => {
  const top = largest(x, at, lines);
  for (let j = 0, p = at; j < lines.length; j++, p += lines.inner)
    if (x[p] === top) {
      out[p] = 1;
      return;
    }
};

/** softmax of float values along lines, for operators that contain it. */
export function softmaxOf(value: TensorValue, x: FloatArray, lines: Lines): FloatArray {
  const out = scratch(value.type === 'float64' ? 'float64' : 'float32', value.dims) as FloatArray;
  mapLines(x, out, lines, softmaxLine);
  return out;
}

export const SOFTMAXES: Family = {
  Hardmax: row(1, along(hardmaxLine)),
  LogSoftmax: row(1, along(logSoftmaxLine)),
  Softmax: row(1, along(softmaxLine)),
};
