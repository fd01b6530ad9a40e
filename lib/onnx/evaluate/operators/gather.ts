// Gather, GatherElements, GatherND, ScatterElements, Scatter, ScatterND.
import { productOf } from '../../../tensor/tensor';
import type { ElementArray, TensorValue } from '../../model';
import type { Call } from '../call';
import { decode, encode, greater, lesser, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { stridesOf } from '../strided';

type Values = Float32Array;

/** Positions along an axis, negative ones from the end. Throws ERR_RANGE outside. */
function checkedIndex(call: Call, index: number, length: number): number {
  if (!(index >= -length && index < length))
    call.fail(`index ${index} is outside of an axis of ${length}`, 'ERR_RANGE');
  return index < 0 ? index + length : index;
}

const gather: Operator = (call) => {
  const value = call.input(0);
  const axis = call.axis(call.int('axis', 0), value.dims.length);
  const length = value.dims[axis]!;
  const indices = call.numbers(1);
  const inner = productOf(value.dims.slice(axis + 1));
  const outer = productOf(value.dims.slice(0, axis));
  const dims = [...value.dims.slice(0, axis), ...call.dims(1), ...value.dims.slice(axis + 1)];
  if (value.type === 'string') {
    const picked = Array.from(indices, (index) => value.data[checkedIndex(call, index, length)] as string);
    return [{ type: 'string', dims, data: picked }];
  }
  const type = call.type(0);
  const x = decode(value) as Values;
  const out = scratch(type, dims) as Values;
  const count = indices.length;
  for (let i = 0; i < count; i++) {
    const at = checkedIndex(call, indices[i]!, length);
    for (let o = 0; o < outer; o++) {
      const from = (o * length + at) * inner;
      const to = (o * count + i) * inner;
      if (inner > 8) out.set(x.subarray(from, from + inner), to);
      else for (let j = 0; j < inner; j++) out[to + j] = x[from + j]!;
    }
  }
  return [encode(type, dims, out)];
};

/** For each index, in order, where it points to in `value`: its own place, moved along one axis. */
function elementPlaces(call: Call, value: TensorValue, indices: TensorValue): Float64Array {
  const axis = call.axis(call.int('axis', 0), value.dims.length);
  if (indices.dims.length !== value.dims.length)
    call.fail(`indices [${indices.dims.join(', ')}] must have the rank of [${value.dims.join(', ')}]`);
  for (let i = 0; i < indices.dims.length; i++)
    if (i !== axis && indices.dims[i]! > value.dims[i]!)
      call.fail(`indices [${indices.dims.join(', ')}] are larger than [${value.dims.join(', ')}]`);
  const strides = stridesOf(value.dims);
  const own = stridesOf(indices.dims);
  return Float64Array.from(call.numbers(1), (index, i) => {
    let place = checkedIndex(call, index, value.dims[axis]!) * strides[axis]!;
    for (let a = 0; a < own.length; a++)
      if (a !== axis) place += (Math.floor(i / own[a]!) % indices.dims[a]!) * strides[a]!;
    return place;
  });
}

const gatherElements: Operator = (call) => {
  const value = call.input(0);
  const type = call.type(0);
  const dims = call.dims(1);
  const x = decode(value) as Values;
  const out = scratch(type, dims) as Values;
  const places = elementPlaces(call, value, call.input(1));
  for (let i = 0; i < out.length; i++) out[i] = x[places[i]!]!;
  return [encode(type, dims, out)];
};

/** Offsets of the slices that index tuples point to, `batch` leading axes being shared. */
function slicePlaces(call: Call, value: TensorValue, batch: number): { places: number[]; length: number } {
  const indices = call.dims(1);
  const depth = indices.at(-1) ?? call.fail('its indices are a scalar');
  if (depth + batch > value.dims.length) call.fail(`tuples of ${depth} do not index [${value.dims.join(', ')}]`);
  const strides = stridesOf(value.dims);
  const numbers = call.numbers(1);
  const count = productOf(indices.slice(0, -1));
  const perBatch = count / Math.max(productOf(value.dims.slice(0, batch)), 1);
  const batchStride = batch === 0 ? 0 : strides[batch - 1]!;
  const places = Array.from({ length: count }, (_, i) => {
    let place = batch === 0 ? 0 : Math.floor(i / perBatch) * batchStride;
    for (let d = 0; d < depth; d++)
      place += checkedIndex(call, numbers[i * depth + d]!, value.dims[batch + d]!) * strides[batch + d]!;
    return place;
  });
  return { places, length: productOf(value.dims.slice(batch + depth)) };
}

const gatherNd: Operator = (call) => {
  const value = call.input(0);
  const type = call.type(0);
  const batch = call.int('batch_dims', 0);
  const { places, length } = slicePlaces(call, value, batch);
  const dims = [...call.dims(1).slice(0, -1), ...value.dims.slice(batch + call.dims(1).at(-1)!)];
  const x = decode(value) as Values;
  const out = scratch(type, dims) as Values;
  places.forEach((place, i) => {
    out.set(x.subarray(place, place + length), i * length);
  });
  return [encode(type, dims, out)];
};

type Combine = (old: number, update: number) => number;

const COMBINE: Readonly<Record<string, Combine>> = {
  none: (_, update) => update,
  add: (old, update) => old + update,
  mul: (old, update) => old * update,
  min: lesser,
  max: greater,
};

function combineOf(call: Call): Combine {
  const name = call.string('reduction', 'none');
  return COMBINE[name] ?? call.fail(`the reduction '${name}' is not known`, 'ERR_UNSUPPORTED');
}

const copied = (array: ElementArray): Values => array.slice() as Values;

const scatterElements: Operator = (call) => {
  const value = call.input(0);
  const updates = decode(call.input(2)) as Values;
  const out = copied(decode(value));
  const places = elementPlaces(call, value, call.input(1));
  if (updates.length !== places.length) call.fail(`it has ${updates.length} updates for ${places.length} indices`);
  const combine = combineOf(call);
  places.forEach((place, i) => {
    out[place] = combine(out[place]!, updates[i]!);
  });
  return [encode(call.type(0), value.dims, out)];
};

const scatterNd: Operator = (call) => {
  const value = call.input(0);
  const updates = decode(call.input(2)) as Values;
  const out = copied(decode(value));
  const { places, length } = slicePlaces(call, value, 0);
  if (updates.length !== places.length * length)
    call.fail(`it has ${updates.length} updates for ${places.length * length} places`);
  const combine = combineOf(call);
  places.forEach((place, i) => {
    for (let j = 0; j < length; j++) out[place + j] = combine(out[place + j]!, updates[i * length + j]!);
  });
  return [encode(call.type(0), value.dims, out)];
};

export const GATHERS: Family = {
  Gather: row(1, gather),
  GatherElements: row(11, gatherElements),
  GatherND: row(11, gatherNd),
  Scatter: row(9, scatterElements),
  ScatterElements: row(11, scatterElements),
  ScatterND: row(11, scatterNd),
};
