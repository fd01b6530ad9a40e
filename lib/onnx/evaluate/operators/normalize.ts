// BatchNormalization, InstanceNormalization, GroupNormalization, LayerNormalization, RMSNormalization and others.
import { productOf } from '../../../tensor/tensor';
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { encode, type FloatArray, float32, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { broadcastDims, broadcastStrides, stridesOf, walkRows } from '../strided';
import { reduceAxes } from './reduce';

function checkLength(call: Call, index: number, length: number): FloatArray {
  const values = call.floats(index);
  if (values.length !== length) call.fail(`input ${index} must have ${length} values, got ${values.length}`);
  return values;
}

/** (x - mean) / sqrt(var + epsilon) · scale + bias with the channels' own statistics. Training is not known. */
const batchNormalization: Operator = (call) => {
  if (call.int('training_mode', 0) === 1) call.fail('it is set to train', 'ERR_UNSUPPORTED');
  const { dims } = call.input(0);
  const type = call.type(0);
  const channels = dims[1] ?? 1;
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) => checkLength(call, index, channels));
  const epsilon = call.float('epsilon', 1e-5);
  const x = call.floats(0);
  const out = scratch(type, dims) as FloatArray;
  const size = productOf(dims.slice(2));
  for (let i = 0; i < out.length; i += Math.max(size, 1)) {
    const c = Math.floor(i / size) % channels;
    const factor = scale![c]! / Math.sqrt(variance![c]! + epsilon);
    for (let j = i; j < i + size; j++) out[j] = (x[j]! - mean![c]!) * factor + bias![c]!;
  }
  return [encode(type, dims, out)];
};

interface Moments {
  readonly mean: number;
  /** 1 / sqrt(var + epsilon). */
  readonly inverse: number;
}

/** Of values [from, to), in double. `centred` false: the mean square instead of the variance. */
function momentsOf(x: FloatArray, [from, to]: readonly [number, number], epsilon: number, centred = true): Moments {
  const count = to - from;
  let sum = 0;
  if (centred) for (let i = from; i < to; i++) sum += x[i]!;
  const mean = sum / count;
  let squares = 0;
  for (let i = from; i < to; i++) squares += (x[i]! - mean) ** 2;
  return { mean, inverse: 1 / Math.sqrt(squares / count + epsilon) };
}

/** Each picture's groups of channels by their own moments; scale and bias for each channel. */
function normalizeGroups(call: Call, groups: number, perGroup: boolean): TensorValue {
  const { dims } = call.input(0);
  const type = call.type(0);
  const channels = dims[1] ?? 1;
  if (!(groups >= 1) || channels % groups !== 0) call.fail(`${channels} channels do not divide into ${groups} groups`);
  const parameters = perGroup ? groups : channels;
  const [scale, bias] = [checkLength(call, 1, parameters), checkLength(call, 2, parameters)];
  const epsilon = call.float('epsilon', 1e-5);
  const x = call.floats(0);
  const out = scratch(type, dims) as FloatArray;
  const size = productOf(dims.slice(2));
  const length = (channels / groups) * size;
  for (let from = 0; length > 0 && from < out.length; from += length) {
    const { mean, inverse } = momentsOf(x, [from, from + length], epsilon);
    for (let i = from; i < from + length; i++) {
      const channel = Math.floor(i / size) % channels;
      const p = perGroup ? Math.floor(channel / (channels / groups)) : channel;
      out[i] = (x[i]! - mean) * inverse * scale[p]! + bias[p]!;
    }
  }
  return encode(type, dims, out);
}

const instanceNormalization: Operator = (call) => [normalizeGroups(call, call.dims(0)[1] ?? 1, false)];

/** Scale and bias are for each group in version 18, and for each channel from 21 on. */
const groupNormalization: Operator = (call) => [normalizeGroups(call, call.int('num_groups', 1), call.opset < 21)];

/** A parameter that broadcasts to the normalized dims, spread over them. */
function spread(call: Call, index: number, dims: readonly number[]): FloatArray | undefined {
  if (!call.has(index)) return undefined;
  const own = call.dims(index);
  const values = call.floats(index);
  if (values.length === productOf(dims)) return values;
  if (broadcastDims(own, dims)?.join() !== dims.join())
    call.fail(`[${own.join(', ')}] does not broadcast to [${dims.join(', ')}]`);
  const out = new Float32Array(productOf(dims));
  walkRows({ dims, strides: [broadcastStrides(own, dims), stridesOf(dims)] }, ([from, to], count, [step]) => {
    for (let i = 0; i < count; i++) out[to! + i] = values[from! + i * step!]!;
  });
  return out;
}

export interface LayerNorm {
  readonly axis: number;
  readonly epsilon: number;
  readonly scale: FloatArray | undefined;
  readonly bias: FloatArray | undefined;
  readonly centred: boolean;
}

/** All axes from `axis` on together. */
export function normalizeLayers(x: FloatArray, dims: readonly number[], norm: LayerNorm, out: FloatArray): Moments[] {
  const { axis, epsilon, scale, bias, centred } = norm;
  const length = productOf(dims.slice(axis));
  const moments: Moments[] = [];
  for (let from = 0; length > 0 && from < x.length; from += length) {
    const found = momentsOf(x, [from, from + length], epsilon, centred);
    const { mean, inverse } = found;
    moments.push(found);
    for (let i = 0; i < length; i++)
      out[from + i] = (x[from + i]! - mean) * inverse * (scale?.[i] ?? 1) + (bias?.[i] ?? 0);
  }
  return moments;
}

const layerNormalization =
  (centred: boolean): Operator =>
  (call) => {
    const { dims } = call.input(0);
    const type = call.type(0);
    const axis = call.axis(call.int('axis', -1), dims.length);
    const own = dims.slice(axis);
    const [scale, bias] = [spread(call, 1, own), centred ? spread(call, 2, own) : undefined];
    const out = scratch(type, dims) as FloatArray;
    const norm = { axis, epsilon: call.float('epsilon', 1e-5), scale, bias, centred };
    const moments = normalizeLayers(call.floats(0), dims, norm, out);
    const outer = dims.map((dim, i) => (i < axis ? dim : 1));
    return [
      encode(type, dims, out),
      float32(
        outer,
        Float32Array.from(moments, ({ mean }) => mean),
      ),
      float32(
        outer,
        Float32Array.from(moments, ({ inverse }) => inverse),
      ),
    ];
  };

/** x / its p-norm along an axis; 0 where that is 0. */
const lpNormalization: Operator = (call) => {
  const { dims } = call.input(0);
  const axis = call.axis(call.int('axis', -1), dims.length);
  const p = call.int('p', 2);
  const x = call.floats(0);
  const { sums } = reduceAxes(x, dims, new Set([axis]), { start: 0, add: (sum, one) => sum + Math.abs(one) ** p });
  const [length, inner] = [dims[axis]!, productOf(dims.slice(axis + 1))];
  const out = scratch(call.type(0), dims) as FloatArray;
  for (let i = 0; i < out.length; i++) {
    const norm = sums[Math.floor(i / (length * inner)) * inner + (i % inner)]! ** (1 / p);
    out[i] = norm === 0 ? 0 : x[i]! / norm;
  }
  return [encode(call.type(0), dims, out)];
};

const meanVariance: Operator = (call) => {
  const { dims } = call.input(0);
  const axes = new Set((call.ints('axes', undefined) ?? [0, 2, 3]).map((axis) => call.axis(axis, dims.length)));
  const x = call.floats(0);
  const { sums, count, kept } = reduceAxes(x, dims, axes, { start: 0, add: (sum, one) => sum + one });
  const squares = reduceAxes(x, dims, axes, { start: 0, add: (sum, one) => sum + one * one }).sums;
  const out = scratch(call.type(0), dims) as FloatArray;
  const strides = [stridesOf(dims), broadcastStrides(kept, dims)];
  walkRows({ dims, strides }, ([at, of], length, [, step]) => {
    for (let i = 0; i < length; i++) {
      const mean = sums[of! + i * step!]! / count;
      const deviation = Math.sqrt(Math.max(squares[of! + i * step!]! / count - mean * mean, 0));
      out[at! + i] = (x[at! + i]! - mean) / (deviation + 1e-9);
    }
  });
  return [encode(call.type(0), dims, out)];
};

/** x / (bias + alpha / size · the sum of squares of `size` channels around it) ^ beta. */
const localResponse: Operator = (call) => {
  const { dims } = call.input(0);
  const size = call.int('size', 1);
  const [alpha, beta, bias] = [call.float('alpha', 1e-4), call.float('beta', 0.75), call.float('bias', 1)];
  const share = alpha / size;
  const [channels, inner] = [dims[1] ?? 1, productOf(dims.slice(2))];
  const x = call.floats(0);
  const out = scratch(call.type(0), dims) as FloatArray;
  const [below, above] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  for (let i = 0; i < out.length; i++) {
    const c = Math.floor(i / inner) % channels;
    let squares = 0;
    for (let o = Math.max(c - below, 0); o <= Math.min(c + above, channels - 1); o++)
      squares += x[i + (o - c) * inner]! ** 2;
    out[i] = x[i]! * (bias + share * squares) ** -beta;
  }
  return [encode(call.type(0), dims, out)];
};

export const NORMALIZATIONS: Family = {
  BatchNormalization: row(7, batchNormalization),
  GroupNormalization: row(18, groupNormalization),
  InstanceNormalization: row(6, instanceNormalization),
  LRN: row(1, localResponse),
  LayerNormalization: row(17, layerNormalization(true)),
  LpNormalization: row(1, lpNormalization),
  MeanVarianceNormalization: row(9, meanVariance),
  RMSNormalization: row(23, layerNormalization(false)),
};

/** ONNX operators that older exporters found in onnxruntime's own name space. */
export const SIMPLIFIED_LAYER_NORMALIZATION = row(1, layerNormalization(false));
