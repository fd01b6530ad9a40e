// Operators that move values: Transpose, Expand, Tile, Concat, Split, Slice, DepthToSpace, SpaceToDepth, Trilu, ReverseSequence.
import type { NumericType, TensorValue } from '../../model';
import type { Call } from '../call';
import { decode, encode, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { broadcastDims, broadcastStrides, copyView, stridesOf, whole } from '../strided';

/** A tensor of `dims` whose values are those of `value` at an offset and with strides. */
export function viewed(
  value: TensorValue,
  dims: readonly number[],
  strides: readonly number[],
  offset = 0,
): TensorValue {
  const type = value.type as NumericType;
  const out = scratch(type, dims);
  copyView(dims, { array: decode(value), offset, strides }, whole(out, dims));
  return encode(type, dims, out);
}

/** The axes of a value in another order. */
export function permuted(value: TensorValue, order: readonly number[]): TensorValue {
  const strides = stridesOf(value.dims);
  const dims = order.map((axis) => value.dims[axis]!);
  return viewed(
    value,
    dims,
    order.map((axis) => strides[axis]!),
  );
}

const transpose: Operator = (call) => {
  const value = call.input(0);
  call.type(0);
  const rank = value.dims.length;
  const order = call.ints('perm', undefined) ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const axes = new Set(order.map((axis) => call.axis(axis, rank)));
  if (order.length !== rank || axes.size !== rank) call.fail(`perm [${order.join(', ')}] is no order of ${rank} axes`);
  return [permuted(value, [...axes])];
};

const expand: Operator = (call) => {
  const value = call.input(0);
  const wanted = call.integers(1);
  call.type(0);
  const dims = broadcastDims(value.dims, wanted);
  if (dims === undefined) return call.fail(`[${value.dims.join(', ')}] does not expand to [${wanted.join(', ')}]`);
  return [viewed(value, dims, broadcastStrides(value.dims, dims))];
};

const tile: Operator = (call) => {
  const value = call.input(0);
  const repeats = call.integers(1);
  call.type(0);
  if (repeats.length !== value.dims.length) call.fail(`it repeats ${repeats.length} axes of ${value.dims.length}`);
  const strides = stridesOf(value.dims);
  const apart = value.dims.flatMap((dim, axis) => [repeats[axis]!, dim]);
  const result = viewed(
    value,
    apart,
    strides.flatMap((stride) => [0, stride]),
  );
  return [{ ...result, dims: value.dims.map((dim, axis) => dim * repeats[axis]!) }];
};

const concat: Operator = (call) => {
  const values = call.inputs.map((_, i) => call.input(i));
  const first = values[0] ?? call.fail('it has no inputs', 'ERR_FILE');
  const axis = call.axis(call.int('axis', 1), first.dims.length);
  return [concatenated(call, values, axis)];
};

/** Values of equal types and dims, but for one axis, along that axis. */
export function concatenated(call: Call, values: readonly TensorValue[], axis: number): TensorValue {
  const first = values[0]!;
  const fits = ({ type, dims }: TensorValue) =>
    type === first.type &&
    dims.length === first.dims.length &&
    dims.every((dim, i) => i === axis || dim === first.dims[i]);
  for (const value of values)
    if (!fits(value))
      call.fail(`[${first.dims.join(', ')}] and [${value.dims.join(', ')}] cannot be concatenated on axis ${axis}`);
  const dims = first.dims.map((dim, i) => (i === axis ? values.reduce((sum, one) => sum + one.dims[i]!, 0) : dim));
  if (first.type === 'string' && dims.length === 1)
    return { type: 'string', dims, data: values.flatMap(({ data }) => data as readonly string[]) };
  const type = call.type(0);
  const out = scratch(type, dims);
  const strides = stridesOf(dims);
  let offset = 0;
  for (const value of values) {
    copyView(value.dims, whole(decode(value), value.dims), { array: out, offset, strides });
    offset += value.dims[axis]! * strides[axis]!;
  }
  return encode(type, dims, out);
}

/** Lengths of the parts: given, or as equal as can be with the last one smaller. */
function partLengths(call: Call, length: number): readonly number[] {
  const given = call.integersFrom(1, 'split', 13);
  if (given !== undefined) return given;
  const parts = call.node.outputs.length;
  if (call.int('num_outputs', parts) !== parts) call.fail(`it has ${parts} outputs, not num_outputs`);
  const each = Math.ceil(length / Math.max(parts, 1));
  return Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(each, length - i * each)));
}

const split: Operator = (call) => {
  const value = call.input(0);
  call.type(0);
  const axis = call.axis(call.int('axis', 0), value.dims.length);
  const lengths = partLengths(call, value.dims[axis]!);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total !== value.dims[axis] || lengths.some((length) => length < 0))
    call.fail(`axis ${axis} of [${value.dims.join(', ')}] does not split into [${lengths.join(', ')}]`);
  const strides = stridesOf(value.dims);
  let at = 0;
  return lengths.map((length) => {
    const part = viewed(value, value.dims.with(axis, length), strides, at * strides[axis]!);
    at += length;
    return part;
  });
};

/** Blocks of the depth as blocks of the picture: DCR, or CRD. */
const depthToSpace: Operator = (call) => {
  const [n, c, h, w] = call.checkRank(0, 4) as [number, number, number, number];
  const block = call.int('blocksize', 1);
  const depth = c / (block * block);
  if (!Number.isInteger(depth)) call.fail(`${c} channels do not make blocks of ${block}`);
  const columns = call.string('mode', 'DCR') === 'CRD';
  const apart = columns ? [n, depth, block, block, h, w] : [n, block, block, depth, h, w];
  const order = columns ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const moved = permuted({ ...call.input(0), dims: apart }, order);
  return [{ ...moved, dims: [n, depth, h * block, w * block] }];
};

const spaceToDepth: Operator = (call) => {
  const [n, c, h, w] = call.checkRank(0, 4) as [number, number, number, number];
  const block = call.int('blocksize', 1);
  if (h % block !== 0 || w % block !== 0) call.fail(`[${h}, ${w}] does not divide into blocks of ${block}`);
  const moved = permuted({ ...call.input(0), dims: [n, c, h / block, block, w / block, block] }, [0, 3, 5, 1, 2, 4]);
  return [{ ...moved, dims: [n, c * block * block, h / block, w / block] }];
};

/** The upper or the lower triangle of matrices, zero elsewhere. */
const trilu: Operator = (call) => {
  const value = call.input(0);
  const type = call.type(0);
  const [rows, columns] = [value.dims.at(-2) ?? call.fail('it needs matrices'), value.dims.at(-1)!];
  const diagonal = call.scalar(1, 0);
  const upper = call.int('upper', 1) === 1;
  const out = scratch(type, value.dims) as Float32Array;
  const x = decode(value) as Float32Array;
  for (let i = 0; i < out.length; i++) {
    const distance = (i % columns) - (Math.floor(i / columns) % rows);
    if (upper ? distance >= diagonal : distance <= diagonal) out[i] = x[i]!;
  }
  return [encode(type, value.dims, out)];
};

export const MOVES: Family = {
  Concat: row(4, concat),
  DepthToSpace: row(1, depthToSpace),
  Expand: row(8, expand),
  SpaceToDepth: row(1, spaceToDepth),
  Split: row(2, split),
  Tile: row(6, tile),
  Transpose: row(1, transpose),
  Trilu: row(14, trilu),
};
