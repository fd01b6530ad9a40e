// ConvTranspose.
import { productOf } from '../../../tensor/tensor';
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { checkSize, encode, scratch } from '../numbers';
import { type Family, row, type Work } from '../operator';
import { addBias } from './conv';
import { type Patches, patchesOf } from './im2col';
import { type FloatOperand, floatOperand, multiplyFloats } from './products';
import { padsOf, perAxis, type Window } from './windows';

interface Transposed {
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  /** Of the convolution that this one is the transpose of: from the output to the input. */
  readonly patches: Patches;
  readonly dims: readonly number[];
}

/** x [n, c, ...], w [c, m / groups, ...]. */
function shapeOf(call: Call, x: readonly number[], w: readonly number[]): Transposed {
  const groups = call.int('group', 1);
  const [batch, channels] = x as readonly [number, number];
  if (x.length < 3 || w.length !== x.length || w[0] !== channels || !(groups >= 1) || channels % groups !== 0)
    call.fail(`x [${x.join(', ')}], w [${w.join(', ')}] and ${groups} groups do not fit together`);
  const windows = windowsOf(call, x.slice(2), w.slice(2));
  const dims = [batch, w[1]! * groups, ...windows.map(({ input }) => input)];
  checkSize('float32', dims);
  return { batch, inChannels: channels / groups, outChannels: w[1]!, groups, patches: patchesOf(call, windows), dims };
}

/** Windows over the output: their `input` is the output's length, their `output` that of x. */
function windowsOf(call: Call, spatial: readonly number[], kernel: readonly number[]): Window[] {
  const rank = spatial.length;
  const [strides, dilations] = [perAxis(call, 'strides', rank), perAxis(call, 'dilations', rank)];
  const pads = padsOf(call, rank);
  const extra = call.ints('output_padding', undefined) ?? new Array<number>(rank).fill(0);
  const wanted = call.ints('output_shape', undefined)?.slice(-rank);
  const mode = call.string('auto_pad', 'NOTSET');
  const same = mode === 'SAME_UPPER' || mode === 'SAME_LOWER';
  return spatial.map((output, i) => {
    const axis = { kernel: kernel[i]!, output, stride: strides[i]!, dilation: dilations[i]! };
    const full = axis.stride * (output - 1) + (extra[i] ?? 0) + (axis.kernel - 1) * axis.dilation + 1;
    if (wanted === undefined && !same) {
      const [before, after] = mode === 'VALID' ? [0, 0] : [pads[i]!, pads[i + rank]!];
      return { ...axis, input: checked(call, full - before - after), before, after };
    }
    const input = wanted?.[i] ?? output * axis.stride;
    const total = full - input;
    const [less, more] = [Math.floor(total / 2), total - Math.floor(total / 2)];
    const before = mode === 'SAME_UPPER' ? less : more;
    return {
      ...axis,
      input: checked(call, input),
      before: same || wanted !== undefined ? before : 0,
      after: total - before,
    };
  });
}

const checked = (call: Call, length: number): number =>
  length >= 0 ? length : call.fail(`its output would have a length of ${length}`);

/** The weights of each group, [inChannels, outChannels · taps]. */
function groupsOf(w: Float32Array, { groups, inChannels, outChannels, patches }: Transposed): FloatOperand[] {
  const n = outChannels * patches.taps;
  return Array.from({ length: groups }, (_, g) =>
    floatOperand(w.subarray(g * inChannels * n, (g + 1) * inChannels * n), [inChannels, n], true),
  );
}

/** For each picture and group: pixels times weights, which are added where their windows lie. */
function* spread(x: Float32Array, weights: readonly FloatOperand[], shape: Transposed, out: Float32Array): Work<void> {
  const { batch, inChannels, outChannels, groups, patches } = shape;
  const { pixels, taps, inputSize } = patches;
  const rows = new Float32Array(pixels * inChannels);
  const product = new Float32Array(checkSize('float32', [pixels, outChannels * taps]));
  for (let image = 0; image < batch * groups; image++) {
    const from = image * inChannels * pixels;
    for (let c = 0; c < inChannels; c++)
      for (let p = 0; p < pixels; p++) rows[p * inChannels + c] = x[from + c * pixels + p]!;
    yield* multiplyFloats(rows, weights[image % groups]!, product);
    addWindows(
      product,
      patches,
      outChannels,
      out.subarray(image * outChannels * inputSize, (image + 1) * outChannels * inputSize),
    );
  }
}

function addWindows(product: Float32Array, patches: Patches, channels: number, out: Float32Array): void {
  const [d, h, w] = patches.windows;
  const [zs, ys, xs] = patches.positions;
  let from = 0;
  for (let pixel = 0; pixel < patches.pixels; pixel++) {
    const ox = (pixel % w.output) * w.kernel;
    const oy = (Math.floor(pixel / w.output) % h.output) * h.kernel;
    const oz = Math.floor(pixel / (w.output * h.output)) * d.kernel;
    for (let c = 0; c < channels; c++)
      for (let kz = 0; kz < d.kernel; kz++)
        for (let ky = 0; ky < h.kernel; ky++) {
          const [iz, iy] = [zs[oz + kz]!, ys[oy + ky]!];
          const line = c * patches.inputSize + (iz * h.input + iy) * w.input;
          for (let kx = 0; kx < w.kernel; kx++, from++) {
            const ix = xs[ox + kx]!;
            if (iz >= 0 && iy >= 0 && ix >= 0) out[line + ix]! += product[from]!;
          }
        }
  }
}

function* convTranspose(call: Call): Work<readonly TensorValue[]> {
  const type = call.type(0);
  const shape = shapeOf(call, call.dims(0), call.dims(1));
  const out = scratch(type, shape.dims) as Float32Array;
  const x = Float32Array.from(call.floats(0));
  if (productOf(shape.dims) > 0 && x.length > 0) {
    const weights = call.keep('packed', [1], () => groupsOf(Float32Array.from(call.floats(1)), shape));
    yield* spread(x, weights, shape, out);
  }
  addBias(call, out, shape.dims, 2);
  return [encode(type, shape.dims, out)];
}

export const TRANSPOSED_CONVOLUTIONS: Family = { ConvTranspose: row(1, convTranspose) };
