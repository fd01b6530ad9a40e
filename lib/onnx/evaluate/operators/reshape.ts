// Operators that give the same values other dims: Reshape, Flatten, Squeeze, Unsqueeze; and Shape and Size.
import { productOf } from '../../../tensor/tensor';
import type { Call } from '../call';
import { int64 } from '../numbers';
import { type Family, type Operator, row } from '../operator';

/** -1 stands for what is left, 0 for the input's own dim unless `allowzero`. */
const reshape: Operator = (call) => {
  const value = call.input(0);
  const wanted = call.integersFrom(1, 'shape', 5) ?? call.fail('it has no shape', 'ERR_FILE');
  const keepsZero = call.int('allowzero', 0) === 1;
  const dims = wanted.map((dim, i) => (dim === 0 && !keepsZero ? (value.dims[i] ?? dim) : dim));
  const count = productOf(value.dims);
  const open = dims.indexOf(-1);
  if (open >= 0) {
    const others = productOf(dims.filter((_, i) => i !== open));
    dims[open] = others === 0 ? 0 : count / others;
  }
  const fits = dims.every((dim) => Number.isInteger(dim) && dim >= 0) && productOf(dims) === count;
  if (!fits) call.fail(`[${value.dims.join(', ')}] cannot be reshaped to [${wanted.join(', ')}]`);
  return [{ ...value, dims }];
};

const flatten: Operator = (call) => {
  const value = call.input(0);
  const rank = value.dims.length;
  const given = call.int('axis', 1);
  const axis = given === rank ? rank : call.axis(given, rank);
  const dims = [productOf(value.dims.slice(0, axis)), productOf(value.dims.slice(axis))];
  return [{ ...value, dims }];
};

const squeeze: Operator = (call) => {
  const value = call.input(0);
  const given = call.integersFrom(1, 'axes', 13);
  const axes = given?.map((axis) => call.axis(axis, value.dims.length));
  const dropped = (dim: number, axis: number) => (axes === undefined ? dim === 1 : axes.includes(axis));
  for (const axis of axes ?? [])
    if (value.dims[axis] !== 1) call.fail(`axis ${axis} of [${value.dims.join(', ')}] is not of length 1`);
  return [{ ...value, dims: value.dims.filter((dim, axis) => !dropped(dim, axis)) }];
};

const unsqueeze: Operator = (call) => {
  const value = call.input(0);
  const given = call.integersFrom(1, 'axes', 13) ?? call.fail('it has no axes', 'ERR_FILE');
  const rank = value.dims.length + given.length;
  const axes = new Set(given.map((axis) => call.axis(axis, rank)));
  if (axes.size !== given.length) call.fail(`axes [${given.join(', ')}] repeat`);
  let next = 0;
  const dims = Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : value.dims[next++]!));
  return [{ ...value, dims }];
};

const shape: Operator = (call: Call) => {
  const { dims } = call.input(0);
  const rank = dims.length;
  const at = (given: number) => Math.min(Math.max(given < 0 ? given + rank : given, 0), rank);
  const part = dims.slice(at(call.int('start', 0)), at(call.int('end', rank)));
  return [int64([part.length], part)];
};

export const RESHAPES: Family = {
  Flatten: row(1, flatten),
  Reshape: row(1, reshape),
  Shape: row(1, shape),
  Size: row(1, (call) => [int64([], [productOf(call.dims(0))])]),
  Squeeze: row(1, squeeze),
  Unsqueeze: row(1, unsqueeze),
};
