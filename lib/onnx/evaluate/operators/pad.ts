// Pad: constant, reflect, edge and wrap.
import type { Call } from '../call';
import { decode, encode, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { copyView, stridesOf, whole } from '../strided';

interface Margins {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Pads of all axes: attributes before version 11, inputs from it on, of chosen axes from 18 on. */
function marginsOf(call: Call, rank: number): Margins {
  const pads = call.integersFrom(1, 'pads', 11) ?? call.fail('it has no pads', 'ERR_FILE');
  const axes = call.opset >= 18 ? call.optionalIntegers(3) : undefined;
  const chosen = axes?.map((axis) => call.axis(axis, rank)) ?? Array.from({ length: rank }, (_, i) => i);
  if (pads.length !== 2 * chosen.length) call.fail(`it has ${pads.length} pads for ${chosen.length} axes`);
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  chosen.forEach((axis, i) => {
    before[axis] = pads[i]!;
    after[axis] = pads[i + chosen.length]!;
  });
  return { before, after };
}

/** Where a position outside of [0, length) takes its value from. */
const SOURCES: Readonly<Record<string, (at: number, length: number) => number>> = {
  edge: (at, length) => Math.min(Math.max(at, 0), length - 1),
  reflect: (at, length) => {
    const period = Math.max(2 * (length - 1), 1);
    const wrapped = ((at % period) + period) % period;
    return wrapped < length ? wrapped : period - wrapped;
  },
  wrap: (at, length) => ((at % length) + length) % length,
};

function constantOf(call: Call): number {
  if (call.opset < 11) return call.float('value', 0);
  return call.has(2) ? (decode(call.input(2))[0] as number) : 0;
}

const pad: Operator = (call) => {
  const value = call.input(0);
  const type = call.type(0);
  const { before, after } = marginsOf(call, value.dims.length);
  const dims = value.dims.map((dim, axis) => dim + before[axis]! + after[axis]!);
  if (dims.some((dim) => dim < 0)) call.fail(`pads take more away than [${value.dims.join(', ')}] has`);
  const out = scratch(type, dims);
  const mode = call.string('mode', 'constant');
  if (mode !== 'constant') {
    const source = SOURCES[mode] ?? call.fail(`the mode '${mode}' is not known`, 'ERR_UNSUPPORTED');
    if (value.dims.includes(0) && !dims.includes(0)) call.fail('there are no values to pad with');
    fillFrom(decode(value) as Float32Array, out as Float32Array, { from: value.dims, to: dims, before, source });
    return [encode(type, dims, out)];
  }
  const constant = constantOf(call);
  if (constant) (out as Float32Array).fill(constant);
  const skipped = before.map((margin) => Math.max(-margin, 0));
  const inner = value.dims.map((dim, axis) => Math.max(dim - skipped[axis]! - Math.max(-after[axis]!, 0), 0));
  const at = (strides: readonly number[], starts: readonly number[]) =>
    starts.reduce((sum, start, axis) => sum + start * strides[axis]!, 0);
  const from = whole(decode(value), value.dims);
  const strides = stridesOf(dims);
  const offset = at(
    strides,
    before.map((margin) => Math.max(margin, 0)),
  );
  copyView(inner, { ...from, offset: at(from.strides, skipped) }, { array: out, offset, strides });
  return [encode(type, dims, out)];
};

interface Fill {
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly before: readonly number[];
  readonly source: (at: number, length: number) => number;
}

function fillFrom(x: Float32Array, out: Float32Array, { from, to, before, source }: Fill): void {
  const strides = stridesOf(from);
  const offsets = to.map((dim, axis) =>
    Int32Array.from({ length: dim }, (_, i) => source(i - before[axis]!, from[axis]!) * strides[axis]!),
  );
  const index = to.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    let at = 0;
    for (let axis = 0; axis < to.length; axis++) at += offsets[axis]![index[axis]!]!;
    out[i] = x[at]!;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < to[axis]!) break;
      index[axis] = 0;
    }
  }
}

export const PADS: Family = { Pad: row(2, pad) };
