// Conv, and com.microsoft's FusedConv.
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { encode, scratch } from '../numbers';
import { type Family, row, type Work } from '../operator';
import { pairwise } from './broadcast';
import { convolveDirectly } from './conv_direct';
import { type ConvShape, convShape, isNarrow } from './conv_shape';
import { fusedActivation } from './fused_activation';
import { fillRows, pixelsAtOnce } from './im2col';
import { type FloatOperand, floatOperand, multiplyFloats } from './products';

/** The weights of each group, [outChannels, k] each, packed. */
function groupsOf(w: Float32Array, { groups, inChannels, outChannels, patches }: ConvShape): FloatOperand[] {
  const k = inChannels * patches.taps;
  return Array.from({ length: groups }, (_, g) =>
    floatOperand(w.subarray(g * outChannels * k, (g + 1) * outChannels * k), [k, outChannels], true, true),
  );
}

/** Windows as rows times weights, turned to channels first. */
function* convolve(x: Float32Array, weights: readonly FloatOperand[], shape: ConvShape, out: Float32Array): Work<void> {
  const { batch, inChannels, outChannels, groups, patches } = shape;
  const k = inChannels * patches.taps;
  const step = pixelsAtOnce(patches, Math.max(k, outChannels));
  const rows = new Float32Array(step * k);
  const product = new Float32Array(step * outChannels);
  for (let image = 0; image < batch * groups; image++) {
    const picture = { data: x, offset: image * inChannels * patches.inputSize, channels: inChannels, fill: 0 };
    for (let from = 0; from < patches.pixels; from += step) {
      const count = Math.min(step, patches.pixels - from);
      fillRows(picture, patches, [from, from + count], rows);
      const result = product.subarray(0, count * outChannels);
      yield* multiplyFloats(rows.subarray(0, count * k), weights[image % groups]!, result);
      turn(result, outChannels, out, image * outChannels * patches.pixels + from, patches.pixels);
    }
  }
}

/** [pixels, channels] into channels that lie `apart`. */
function turn(from: Float32Array, channels: number, out: Float32Array, at: number, apart: number): void {
  const pixels = from.length / channels;
  for (let c = 0; c < channels; c++) {
    const to = at + c * apart;
    for (let p = 0, i = c; p < pixels; p++, i += channels) out[to + p] = from[i]!;
  }
}

/** bias[m] is added to every value of channel m. */
export function addBias(call: Call, out: Float32Array, dims: readonly number[], input: number): void {
  if (!call.has(input)) return;
  const bias = call.floats(input);
  const channels = dims[1]!;
  if (bias.length !== channels) call.fail(`it has ${bias.length} biases for ${channels} channels`);
  const size = out.length / Math.max(dims[0]! * channels, 1);
  for (let i = 0, at = 0; at < out.length; i++, at += size) {
    const value = bias[i % channels]!;
    for (let j = at; j < at + size; j++) out[j]! += value;
  }
}

function* conv(call: Call): Work<readonly TensorValue[]> {
  const type = call.type(0);
  const shape = convShape(call, call.dims(0), call.dims(1));
  const out = scratch(type, shape.dims) as Float32Array;
  const x = call.floats(0);
  if (out.length > 0 && x instanceof Float32Array && !isNarrow(shape)) {
    const weights = call.keep('packed', [1], () => groupsOf(call.floats(1) as Float32Array, shape));
    yield* convolve(x, weights, shape, out);
  } else if (out.length > 0) convolveDirectly({ x, w: call.floats(1), xZero: 0, wZero: [0], shape }, out);
  addBias(call, out, shape.dims, 2);
  return [encode(type, shape.dims, out)];
}

/** Conv, a tensor z to be added, and an activation. */
function* fusedConv(call: Call): Work<readonly TensorValue[]> {
  const [product] = yield* conv(call);
  const add = { number: (a: number, b: number) => a + b, big: (a: bigint, b: bigint) => a + b };
  const sum = call.has(3) ? pairwise(call, product!, call.input(3), call.type(0), add) : product!;
  return [fusedActivation(call, sum)];
}

export const CONVOLUTIONS: Family = { Conv: row(1, conv) };
export const MICROSOFT_CONVOLUTIONS: Family = { FusedConv: row(1, fusedConv) };
