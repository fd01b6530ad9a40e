// Conv, and com.microsoft's FusedConv.
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { encode, scratch } from '../numbers';
import { type Family, row, type Work } from '../operator';
import { pairwise } from './broadcast';
import { convolveDirectly } from './conv_direct';
import { type ConvShape, convShape, isNarrow } from './conv_shape';
import { fusedActivation } from './fused_activation';
import { fillColumns, linesAtOnce, spreadChannels } from './im2col';
import { floatOperand, multiplyFloats } from './products';

/** Weights [outChannels, k] of each group times columns [k, pixels]. */
function* convolve(x: Float32Array, w: Float32Array, shape: ConvShape, out: Float32Array): Work<void> {
  const { batch, inChannels, outChannels, groups, patches } = shape;
  const { pixels, inputSize } = patches;
  const k = inChannels * patches.taps;
  const width = patches.windows[2].output;
  const count = pixels / width;
  const step = linesAtOnce(patches, k);
  const columns = new Float32Array(step * width * k);
  const product = new Float32Array(step < count ? step * width * outChannels : 0);
  for (let image = 0; image < batch * groups; image++) {
    const g = image % groups;
    const weights = w.subarray(g * outChannels * k, (g + 1) * outChannels * k);
    const picture = { data: x, offset: image * inChannels * inputSize, channels: inChannels, fill: 0 };
    const target = out.subarray(image * outChannels * pixels, (image + 1) * outChannels * pixels);
    for (let from = 0; from < count; from += step) {
      const n = Math.min(step, count - from) * width;
      fillColumns(picture, patches, [from, from + n / width], columns);
      const operand = floatOperand(columns.subarray(0, k * n), [k, n], false);
      const result = n === pixels ? target : product.subarray(0, outChannels * n);
      yield* multiplyFloats(weights, operand, result);
      if (n < pixels) spreadChannels(result, outChannels, target.subarray(from * width), pixels);
    }
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
    yield* convolve(x, call.floats(1) as Float32Array, shape, out);
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
