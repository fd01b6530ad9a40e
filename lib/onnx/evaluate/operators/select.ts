// Operators that choose: ArgMax, ArgMin, TopK, NonZero, Compress, CumSum, ReverseSequence.
import { productOf } from '../../../tensor/tensor';
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { checkSize, decode, encode, greater, int64, type NumberArray, numbersOf, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { permuted } from './move';

interface Lines {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly axis: number;
}

function linesOf(call: Call, dims: readonly number[], given: number): Lines {
  const axis = call.axis(given, dims.length);
  return { axis, outer: productOf(dims.slice(0, axis)), length: dims[axis]!, inner: productOf(dims.slice(axis + 1)) };
}

/** Calls `visit` with the first position of every line along an axis. */
function eachLine({ outer, length, inner }: Lines, visit: (at: number, line: number) => void): void {
  for (let o = 0, line = 0; o < outer; o++) for (let i = 0; i < inner; i++, line++) visit(o * length * inner + i, line);
}

const best =
  (better: (a: number, b: number) => boolean): Operator =>
  (call) => {
    const { dims } = call.input(0);
    const lines = linesOf(call, dims, call.int('axis', 0));
    if (lines.length === 0) call.fail('the axis is empty');
    const x = call.numbers(0);
    const last = call.int('select_last_index', 0) === 1;
    const found = new Array<number>(lines.outer * lines.inner);
    eachLine(lines, (at, line) => {
      let chosen = 0;
      for (let j = 1; j < lines.length; j++) {
        const [value, old] = [x[at + j * lines.inner]!, x[at + chosen * lines.inner]!];
        if (better(value, old) || (last && value === old)) chosen = j;
      }
      found[line] = chosen;
    });
    const kept = call.int('keepdims', 1) === 1 ? dims.with(lines.axis, 1) : dims.toSpliced(lines.axis, 1);
    return [int64(kept, found)];
  };

/** The k largest or smallest along an axis, of equal ones the first. */
const topK: Operator = (call) => {
  const { dims } = call.input(0);
  const type = call.type(0);
  const lines = linesOf(call, dims, call.int('axis', -1));
  const k = call.opset >= 10 ? call.scalar(1, 0) : call.int('k', 0);
  if (!(k >= 0 && k <= lines.length)) call.fail(`it takes ${k} of ${lines.length} values`, 'ERR_RANGE');
  const sign = call.int('largest', 1) === 1 ? -1 : 1;
  const raw = decode(call.input(0)) as Float32Array;
  const x = numbersOf(call.input(0));
  const shape = dims.with(lines.axis, k);
  const out = scratch(type, shape) as Float32Array;
  const indices = new Array<number>(out.length);
  eachLine(lines, (at, line) => {
    const order = Array.from({ length: lines.length }, (_, j) => j);
    order.sort((a, b) => sign * (x[at + a * lines.inner]! - x[at + b * lines.inner]!) || a - b);
    const to = Math.floor(line / lines.inner) * k * lines.inner + (line % lines.inner);
    for (let j = 0; j < k; j++) {
      out[to + j * lines.inner] = raw[at + order[j]! * lines.inner]!;
      indices[to + j * lines.inner] = order[j]!;
    }
  });
  return [encode(type, shape, out), int64(shape, indices)];
};

/** The indices of all values other than 0, one column each. */
const nonZero: Operator = (call) => {
  const { dims } = call.input(0);
  const x = call.numbers(0);
  const places: number[] = [];
  x.forEach((value: number, i: number) => {
    if (value !== 0) places.push(i);
  });
  const strides = dims.map((_, axis) => productOf(dims.slice(axis + 1)));
  const indices = dims.flatMap((dim, axis) => places.map((place) => Math.floor(place / strides[axis]!) % dim));
  return [int64([dims.length, places.length], indices)];
};

/** The slices along an axis for which the condition holds. */
const compress: Operator = (call) => {
  const given = call.int('axis', undefined);
  const whole = call.input(0);
  const value: TensorValue = given === undefined ? { ...whole, dims: [productOf(whole.dims)] } : whole;
  const { axis, outer, length, inner } = linesOf(call, value.dims, given ?? 0);
  const chosen = Array.from(call.numbers(1).keys()).filter((i) => i < length && call.numbers(1)[i] !== 0);
  const dims = value.dims.with(axis, chosen.length);
  const out = scratch(call.type(0), dims) as Float32Array;
  const x = decode(value) as Float32Array;
  for (let o = 0; o < outer; o++)
    chosen.forEach((index, j) => {
      const from = (o * length + index) * inner;
      out.set(x.subarray(from, from + inner), (o * chosen.length + j) * inner);
    });
  return [encode(call.type(0), dims, out)];
};

const cumulative: Operator = (call) => {
  const { dims } = call.input(0);
  const type = call.type(0);
  const lines = linesOf(call, dims, call.scalar(1, 0));
  const [exclusive, reverse] = [call.int('exclusive', 0) === 1, call.int('reverse', 0) === 1];
  const x = decode(call.input(0)) as Float32Array;
  const out = scratch(type, dims) as Float32Array;
  const zero = (type === 'int64' || type === 'uint64' ? 0n : 0) as number;
  eachLine(lines, (at) => {
    let sum = zero;
    for (let j = 0; j < lines.length; j++) {
      const place = at + (reverse ? lines.length - 1 - j : j) * lines.inner;
      if (exclusive) out[place] = sum;
      sum += x[place]!;
      if (!exclusive) out[place] = sum;
    }
  });
  return [encode(type, dims, out)];
};

/** The first values of each batch's sequence in reverse. */
const reverseSequence: Operator = (call) => {
  const batchFirst = call.int('batch_axis', 1) === 0;
  const swap = (value: TensorValue) =>
    batchFirst ? value : permuted(value, [1, 0, ...value.dims.slice(2).map((_, i) => i + 2)]);
  if (call.dims(0).length < 2) call.fail('it needs a time and a batch axis');
  const value = swap(call.input(0));
  const [batch, time] = value.dims as readonly [number, number];
  const lengths = call.integers(1);
  if (lengths.length !== batch || lengths.some((length) => length < 0 || length > time))
    call.fail(`lengths [${lengths.join(', ')}] do not fit ${batch} sequences of ${time}`);
  const inner = productOf(value.dims.slice(2));
  const x = decode(value) as Float32Array;
  const out = scratch(call.type(0), value.dims) as Float32Array;
  for (let b = 0; b < batch; b++)
    for (let t = 0; t < time; t++) {
      const source = t < lengths[b]! ? lengths[b]! - 1 - t : t;
      const from = (b * time + source) * inner;
      out.set(x.subarray(from, from + inner), (b * time + t) * inner);
    }
  return [swap(encode(call.type(0), value.dims, out))];
};

/** Boxes by falling score that overlap none chosen before by more than the threshold. */
const nonMaxSuppression: Operator = (call) => {
  const [batch, count] = call.checkRank(0, 3) as readonly [number, number];
  const classes = call.checkRank(1, 3)[1]!;
  const most = call.scalar(2, 0);
  const [overlap, floor] = [call.scalar(3, 0), call.scalar(4, Number.NEGATIVE_INFINITY)];
  const [boxes, scores] = [call.floats(0), call.floats(1)];
  const centred = call.int('center_point_box', 0) === 1;
  const chosen: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let c = 0; c < classes; c++) {
      const score = (i: number) => scores[(b * classes + c) * count + i]!;
      const order = Array.from({ length: count }, (_, i) => i).filter((i) => score(i) > floor);
      order.sort((i, j) => score(j) - score(i) || i - j);
      const kept: number[] = [];
      const box = (i: number) => cornersOf(boxes.subarray((b * count + i) * 4, (b * count + i) * 4 + 4), centred);
      for (const i of order)
        if (kept.length < most && kept.every((j) => overlapOf(box(i), box(j)) <= overlap)) kept.push(i);
      for (const i of kept) chosen.push(b, c, i);
    }
  checkSize('int64', [chosen.length]);
  return [int64([chosen.length / 3, 3], chosen)];
};

type Corners = readonly [top: number, left: number, bottom: number, right: number];

function cornersOf(box: NumberArray, centred: boolean): Corners {
  const [a, b, c, d] = box as unknown as [number, number, number, number];
  if (centred) return [b - d / 2, a - c / 2, b + d / 2, a + c / 2];
  return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
}

function overlapOf(a: Corners, b: Corners): number {
  const side = (i: 0 | 1) => Math.max(0, Math.min(a[i + 2]!, b[i + 2]!) - greater(a[i]!, b[i]!));
  const area = (box: Corners) => (box[2] - box[0]) * (box[3] - box[1]);
  const shared = side(0) * side(1);
  return shared === 0 ? 0 : shared / (area(a) + area(b) - shared);
}

export const SELECTIONS: Family = {
  ArgMax: row(
    1,
    best((a, b) => a > b),
  ),
  ArgMin: row(
    1,
    best((a, b) => a < b),
  ),
  Compress: row(9, compress),
  CumSum: row(11, cumulative),
  NonMaxSuppression: row(10, nonMaxSuppression),
  NonZero: row(9, nonZero),
  ReverseSequence: row(10, reverseSequence),
  TopK: row(1, topK),
};
