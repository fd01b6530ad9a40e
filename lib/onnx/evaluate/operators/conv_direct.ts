// Convolutions of narrow groups, such as depthwise ones: sums over each window, exact for integers, in double for floats.
import type { NumberArray } from '../numbers';
import type { ConvShape } from './conv_shape';

export interface DirectConv {
  readonly x: NumberArray;
  readonly w: NumberArray;
  readonly xZero: number;
  /** One, or one for each output channel. */
  readonly wZero: ArrayLike<number>;
  readonly shape: ConvShape;
}

/** out[n, m, pixel]. What lies outside counts as the zero point, that is as 0. */
export function convolveDirectly({ x, w, xZero, wZero, shape }: DirectConv, out: Float32Array | Int32Array): void {
  const { batch, inChannels, outChannels, groups, patches } = shape;
  const { inputSize, pixels, taps } = patches;
  const perChannel = inChannels * taps;
  const weights = new Float64Array(perChannel);
  for (let m = 0; m < groups * outChannels; m++) {
    const zero = wZero[wZero.length > 1 ? m : 0] ?? 0;
    for (let i = 0; i < perChannel; i++) weights[i] = w[m * perChannel + i]! - zero;
    const first = Math.floor(m / outChannels) * inChannels;
    for (let n = 0; n < batch; n++) {
      const offset = (n * groups * inChannels + first) * inputSize;
      const to = (n * groups * outChannels + m) * pixels;
      for (let c = 0; c < inChannels; c++)
        addChannel({ x, offset: offset + c * inputSize, xZero }, weights.subarray(c * taps, (c + 1) * taps), shape, {
          out,
          to,
        });
    }
  }
}

interface Plane {
  readonly x: NumberArray;
  readonly offset: number;
  readonly xZero: number;
}

function addChannel(
  { x, offset, xZero }: Plane,
  weights: Float64Array,
  { patches }: ConvShape,
  { out, to }: { readonly out: Float32Array | Int32Array; readonly to: number },
): void {
  const [d, h, w] = patches.windows;
  const [zs, ys, xs] = patches.positions;
  for (let pixel = 0; pixel < patches.pixels; pixel++) {
    const ox = (pixel % w.output) * w.kernel;
    const oy = (Math.floor(pixel / w.output) % h.output) * h.kernel;
    const oz = Math.floor(pixel / (w.output * h.output)) * d.kernel;
    let sum = 0;
    for (let kz = 0, tap = 0; kz < d.kernel; kz++)
      for (let ky = 0; ky < h.kernel; ky++) {
        const [iz, iy] = [zs[oz + kz]!, ys[oy + ky]!];
        const line = offset + (iz * h.input + iy) * w.input;
        for (let kx = 0; kx < w.kernel; kx++, tap++) {
          const ix = xs[ox + kx]!;
          if (iz >= 0 && iy >= 0 && ix >= 0) sum += (x[line + ix]! - xZero) * weights[tap]!;
        }
      }
    out[to + pixel]! += sum;
  }
}
