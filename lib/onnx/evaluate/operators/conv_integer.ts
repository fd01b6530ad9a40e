// ConvInteger and QLinearConv, on the project's int8 kernels.
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { scratch } from '../numbers';
import { type Family, row, type Work } from '../operator';
import { convolveDirectly } from './conv_direct';
import { type ConvShape, convShape, isNarrow } from './conv_shape';
import { fillRows, pixelsAtOnce } from './im2col';
import { bytesOf, zeroPointOf } from './matmul_integer';
import { dispose, type IntegerOperand, integerOperand, multiplyIntegers, zeroPointsOrNull } from './products';
import { multipliersOf, requantize } from './requantize';

/** Which inputs of a node are weights and zero points. */
interface Places {
  readonly w: number;
  readonly xZero: number;
  readonly wZero: number;
}

function groupsOf(w: Int8Array | Uint8Array, zero: Int32Array, shape: ConvShape): IntegerOperand[] {
  const { groups, inChannels, outChannels, patches } = shape;
  const k = inChannels * patches.taps;
  return Array.from({ length: groups }, (_, g) => {
    const zeros = zero.length === 1 ? zero : zero.subarray(g * outChannels, (g + 1) * outChannels);
    return integerOperand(w.subarray(g * outChannels * k, (g + 1) * outChannels * k), zeros, [k, outChannels], true);
  });
}

interface Input {
  readonly x: Int8Array | Uint8Array;
  readonly zero: number;
}

/** Windows as rows times weights, turned to channels first. Outside lies the zero point. */
function* convolve(
  { x, zero }: Input,
  weights: readonly IntegerOperand[],
  shape: ConvShape,
  out: Int32Array,
): Work<void> {
  const { batch, inChannels, outChannels, groups, patches } = shape;
  const k = inChannels * patches.taps;
  const step = pixelsAtOnce(patches, Math.max(k, outChannels));
  const rows = x instanceof Int8Array ? new Int8Array(step * k) : new Uint8Array(step * k);
  const product = new Int32Array(step * outChannels);
  const zeroPoint = zeroPointsOrNull(Int32Array.of(zero));
  for (let image = 0; image < batch * groups; image++) {
    const picture = { data: x, offset: image * inChannels * patches.inputSize, channels: inChannels, fill: zero };
    for (let from = 0; from < patches.pixels; from += step) {
      const count = Math.min(step, patches.pixels - from);
      fillRows(picture, patches, [from, from + count], rows);
      const result = product.subarray(0, count * outChannels);
      yield* multiplyIntegers({ data: rows.subarray(0, count * k), zeroPoint }, weights[image % groups]!, result);
      for (let c = 0; c < outChannels; c++) {
        const to = (image * outChannels + c) * patches.pixels + from;
        for (let p = 0, i = c; p < count; p++, i += outChannels) out[to + p] = result[i]!;
      }
    }
  }
}

function* sumsOf(call: Call, { w, xZero, wZero }: Places): Work<{ sums: Int32Array; shape: ConvShape }> {
  const shape = convShape(call, call.dims(0), call.dims(w));
  const sums = scratch('int32', shape.dims) as Int32Array;
  const input: Input = { x: bytesOf(call, 0), zero: call.scalar(xZero, 0) };
  const [weights, zeros] = [bytesOf(call, w), zeroPointOf(call, wZero)];
  if (zeros.length !== 1 && zeros.length !== shape.dims[1])
    call.fail(`w has ${zeros.length} zero points for ${shape.dims[1]} channels`);
  if (sums.length === 0) return { sums, shape };
  if (isNarrow(shape)) convolveDirectly({ x: input.x, w: weights, xZero: input.zero, wZero: zeros, shape }, sums);
  else {
    const packed = call.keep('packed', [w, wZero], () => groupsOf(weights, zeros, shape));
    yield* convolve(input, packed, shape, sums);
    if (!call.keeps([w, wZero])) packed.forEach(dispose);
  }
  return { sums, shape };
}

function* convInteger(call: Call): Work<readonly TensorValue[]> {
  const { sums, shape } = yield* sumsOf(call, { w: 1, xZero: 2, wZero: 3 });
  return [{ type: 'int32', dims: shape.dims, data: sums }];
}

/** x, scale, zero point; w, scale, zero point; y scale, zero point; int32 bias of the scale of the sums. */
function* qlinearConv(call: Call): Work<readonly TensorValue[]> {
  const { sums, shape } = yield* sumsOf(call, { w: 3, xZero: 2, wZero: 5 });
  const channels = shape.dims[1]!;
  const size = shape.patches.pixels;
  if (call.has(8)) {
    const bias = call.numbers(8);
    if (bias.length !== channels) call.fail(`it has ${bias.length} biases for ${channels} channels`);
    for (let i = 0; i < sums.length; i++) sums[i]! += bias[Math.floor(i / size) % channels]!;
  }
  const scales = call.numbers(4);
  if (scales.length !== 1 && scales.length !== channels)
    call.fail(`w has ${scales.length} scales for ${channels} channels`);
  const multipliers = multipliersOf(call.scalar(1, 1), scales, call.scalar(6, 1));
  const to = { multipliers, zeroPoint: call.scalar(7, 0), type: call.has(7) ? call.type(7) : call.type(0) };
  return [requantize(call, sums, shape.dims, to, Math.max(size, 1))];
}

export const INTEGER_CONVOLUTIONS: Family = {
  ConvInteger: row(10, convInteger),
  QLinearConv: row(10, qlinearConv),
};
