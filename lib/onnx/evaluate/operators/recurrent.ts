// RNN, GRU and LSTM.
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { encode, type FloatArray, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { permuted } from './move';
import { type CellFunction, cellFunctions } from './recurrent_functions';

interface Sizes {
  readonly time: number;
  readonly batch: number;
  readonly input: number;
  readonly hidden: number;
  readonly directions: number;
}

/** One direction's weights: w [gates · hidden, input], r [gates · hidden, hidden], b [2 · gates · hidden], peepholes [3 · hidden]. */
interface Weights {
  readonly w: FloatArray;
  readonly r: FloatArray;
  readonly b: FloatArray | undefined;
  readonly p: FloatArray | undefined;
}

interface State {
  readonly h: Float64Array;
  readonly c: Float64Array;
}

/** Computes a cell's new state in place. */
type Cell = (x: FloatArray, state: State, weights: Weights, sizes: Sizes) => void;

/** bias + w · x + r · h of row `i` of the gates. */
function gate(i: number, x: FloatArray, h: ArrayLike<number>, { w, r, b }: Weights): number {
  const gates = w.length / x.length;
  let sum = b === undefined ? 0 : b[i]! + b[gates + i]!;
  for (let j = 0; j < x.length; j++) sum += w[i * x.length + j]! * x[j]!;
  for (let j = 0; j < h.length; j++) sum += r[i * h.length + j]! * h[j]!;
  return sum;
}

const simpleCell =
  ([f]: readonly CellFunction[], clip: CellFunction): Cell =>
  (x, { h }, weights, { hidden }) => {
    const next = Float64Array.from({ length: hidden }, (_, i) => f!(clip(gate(i, x, h, weights))));
    h.set(next);
  };

/** z, r, h; `after`: the reset gate is applied after the recurrent product. */
const gruCell =
  ([f, g]: readonly CellFunction[], clip: CellFunction, after: boolean): Cell =>
  (x, { h }, weights, { hidden }) => {
    const { b } = weights;
    const at = (from: number) =>
      Float64Array.from({ length: hidden }, (_, i) => f!(clip(gate(from + i, x, h, weights))));
    const [z, r] = [at(0), at(hidden)];
    const next = Float64Array.from({ length: hidden }, (_, i) => {
      const index = 2 * hidden + i;
      if (!after) {
        const reset = h.map((value, j) => value * r[j]!);
        return g!(clip(gate(index, x, reset, weights)));
      }
      const own = { ...weights, b: undefined };
      const recurrent =
        gate(
          index,
          x.map(() => 0),
          h,
          own,
        ) + (b?.[5 * hidden + i] ?? 0);
      const input = gate(index, x, new Float64Array(hidden), own) + (b?.[index] ?? 0);
      return g!(clip(input + r[i]! * recurrent));
    });
    for (let i = 0; i < hidden; i++) h[i] = (1 - z[i]!) * next[i]! + z[i]! * h[i]!;
  };

/** i, o, f, c; `coupled`: the forget gate is 1 - i. */
const lstmCell =
  ([f, g, last]: readonly CellFunction[], clip: CellFunction, coupled: boolean): Cell =>
  (x, { h, c }, weights, { hidden }) => {
    const peep = (which: number, i: number, cell: number) => (weights.p?.[which * hidden + i] ?? 0) * cell;
    const sums = Float64Array.from({ length: 4 * hidden }, (_, i) => gate(i, x, h, weights));
    for (let i = 0; i < hidden; i++) {
      const input = f!(clip(sums[i]! + peep(0, i, c[i]!)));
      const forget = coupled ? 1 - input : f!(clip(sums[2 * hidden + i]! + peep(2, i, c[i]!)));
      const cell = forget * c[i]! + input * g!(clip(sums[3 * hidden + i]!));
      const output = f!(clip(sums[hidden + i]! + peep(1, i, cell)));
      c[i] = cell;
      h[i] = output * last!(cell);
    }
  };

function sizesOf(call: Call, gates: number): Sizes {
  const x = call.checkRank(0, 3);
  const r = call.checkRank(2, 3);
  const [time, batch] = call.int('layout', 0) === 1 ? [x[1]!, x[0]!] : [x[0]!, x[1]!];
  const sizes = { time, batch, input: x[2]!, directions: r[0]!, hidden: r[2]! };
  const expected = [sizes.directions, gates * sizes.hidden, sizes.input];
  if (call.checkRank(1, 3).join() !== expected.join() || r[1] !== gates * sizes.hidden)
    call.fail(`weights [${call.dims(1).join(', ')}] and [${r.join(', ')}] do not fit x [${x.join(', ')}]`);
  if (sizes.directions !== (call.string('direction', 'forward') === 'bidirectional' ? 2 : 1))
    call.fail(`it has weights of ${sizes.directions} directions`);
  return sizes;
}

/** Values of one direction, of an input that may be absent. */
function partOf(call: Call, index: number, direction: number, length: number): FloatArray | undefined {
  if (!call.has(index)) return undefined;
  const values = call.floats(index);
  if (values.length % length !== 0 || values.length < (direction + 1) * length)
    call.fail(`input ${index} [${call.dims(index).join(', ')}] does not hold ${length} values for each direction`);
  return values.subarray(direction * length, (direction + 1) * length) as FloatArray;
}

interface Layer {
  readonly gates: number;
  /** Inputs of the initial cell and of the peepholes; -1 where there are none. */
  readonly cell: number;
  readonly peepholes: number;
  readonly make: (call: Call, functions: readonly CellFunction[], clip: CellFunction) => Cell;
  readonly functions: readonly string[];
}

const recurrent =
  (layer: Layer): Operator =>
  (call) => {
    const sizes = sizesOf(call, layer.gates);
    const type = call.type(0);
    const { time, batch, hidden, directions } = sizes;
    const y = scratch(type, [time, directions, batch, hidden]) as FloatArray;
    const last = [
      scratch(type, [directions, batch, hidden]),
      scratch(type, [directions, batch, hidden]),
    ] as FloatArray[];
    for (let d = 0; d < directions; d++) runDirection(call, layer, sizes, d, { y, h: last[0]!, c: last[1]! });
    const outputs = [
      encode(type, [time, directions, batch, hidden], y),
      encode(type, [directions, batch, hidden], last[0]!),
      encode(type, [directions, batch, hidden], last[1]!),
    ];
    const kept = layer.cell < 0 ? outputs.slice(0, 2) : outputs;
    return call.int('layout', 0) === 1 ? kept.map(batchFirst) : kept;
  };

/** [time, directions, batch, hidden] to [batch, time, directions, hidden], and [directions, batch, hidden] to [batch, directions, hidden]. */
function batchFirst(value: TensorValue): TensorValue {
  return permuted(value, value.dims.length === 4 ? [2, 0, 1, 3] : [1, 0, 2]);
}

interface Results {
  readonly y: FloatArray;
  readonly h: FloatArray;
  readonly c: FloatArray;
}

function runDirection(call: Call, layer: Layer, sizes: Sizes, d: number, { y, h, c }: Results): void {
  const { time, batch, input, hidden, directions } = sizes;
  const rows = layer.gates * hidden;
  const weights: Weights = {
    w: partOf(call, 1, d, rows * input)!,
    r: partOf(call, 2, d, rows * hidden)!,
    b: partOf(call, 3, d, 2 * rows),
    p: layer.peepholes < 0 ? undefined : partOf(call, layer.peepholes, d, 3 * hidden),
  };
  const { functions, clip } = cellFunctions(call, layer.functions, d);
  const cell = layer.make(call, functions, clip);
  const reverse = d === 1 || call.string('direction', 'forward') === 'reverse';
  const lengths = call.optionalIntegers(4);
  const x = call.floats(0);
  const swapped = call.int('layout', 0) === 1;
  for (let b = 0; b < batch; b++) {
    const length = Math.min(lengths?.[b] ?? time, time);
    const place = swapped ? b * directions + d : d * batch + b;
    const initial = (index: number) => {
      const values = index < 0 ? undefined : call.optionalFloats(index);
      return Float64Array.from({ length: hidden }, (_, i) => values?.[place * hidden + i] ?? 0);
    };
    const state: State = { h: initial(5), c: initial(layer.cell) };
    for (let s = 0; s < length; s++) {
      const t = reverse ? length - 1 - s : s;
      const at = (swapped ? b * time + t : t * batch + b) * input;
      cell(x.subarray(at, at + input) as FloatArray, state, weights, sizes);
      y.set(state.h, ((t * directions + d) * batch + b) * hidden);
    }
    h.set(state.h, (d * batch + b) * hidden);
    c.set(state.c, (d * batch + b) * hidden);
  }
}

const RNN: Layer = {
  gates: 1,
  cell: -1,
  peepholes: -1,
  make: (_, functions, clip) => simpleCell(functions, clip),
  functions: ['Tanh'],
};
const GRU: Layer = {
  gates: 3,
  cell: -1,
  peepholes: -1,
  make: (call, functions, clip) => gruCell(functions, clip, call.int('linear_before_reset', 0) === 1),
  functions: ['Sigmoid', 'Tanh'],
};
const LSTM: Layer = {
  gates: 4,
  cell: 6,
  peepholes: 7,
  make: (call, functions, clip) => lstmCell(functions, clip, call.int('input_forget', 0) === 1),
  functions: ['Sigmoid', 'Tanh', 'Tanh'],
};

export const RECURRENT: Family = {
  GRU: row(7, recurrent(GRU)),
  LSTM: row(7, recurrent(LSTM)),
  RNN: row(7, recurrent(RNN)),
};
