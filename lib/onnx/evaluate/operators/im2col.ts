// Convolutions as products: the values under each window as one row.
import type { Call } from '../call';
import { positionsOf, UNIT, type Window } from './windows';

/** Three spatial axes, the first of length 1 where there are fewer, and the positions that their windows see. */
export interface Patches {
  readonly windows: readonly [Window, Window, Window];
  readonly positions: readonly [Int32Array, Int32Array, Int32Array];
  /** Values of one channel. */
  readonly inputSize: number;
  /** Windows of one picture. */
  readonly pixels: number;
  /** Values of one channel under a window. */
  readonly taps: number;
}

/** Windows times taps of one channel: a model's attributes are not trusted with all time. */
const MOST_TAPS = 2 ** 33;

/** Throws ERR_UNSUPPORTED for more than three spatial axes. */
export function patchesOf(call: Call, windows: readonly Window[]): Patches {
  if (windows.length === 0 || windows.length > 3) call.fail(`${windows.length} spatial axes`, 'ERR_UNSUPPORTED');
  const three = [...new Array<Window>(3 - windows.length).fill(UNIT), ...windows] as unknown as [
    Window,
    Window,
    Window,
  ];
  const size = (length: (window: Window) => number) => three.reduce((product, window) => product * length(window), 1);
  const patches = {
    inputSize: size(({ input }) => input),
    pixels: size(({ output }) => output),
    taps: size(({ kernel }) => kernel),
  };
  const most = Math.max(...three.map(({ output, kernel }) => output * kernel));
  if (most > 2 ** 26 || patches.pixels * patches.taps > MOST_TAPS)
    call.fail('its windows are more than can be computed here');
  return { windows: three, positions: three.map(positionsOf) as unknown as Patches['positions'], ...patches };
}

type Values = Float32Array | Int8Array | Uint8Array;

export interface Picture {
  readonly data: Values;
  /** Where its first channel begins. */
  readonly offset: number;
  readonly channels: number;
  /** What lies outside. */
  readonly fill: number;
}

/** The windows of pixels `from` to `to` as rows of channels × taps. */
export function fillRows(
  picture: Picture,
  patches: Patches,
  [from, to]: readonly [number, number],
  rows: Values,
): void {
  const [, h, w] = patches.windows;
  const perRow = picture.channels * patches.taps;
  for (let pixel = from; pixel < to; pixel++) {
    const x = pixel % w.output;
    const y = Math.floor(pixel / w.output) % h.output;
    const z = Math.floor(pixel / (w.output * h.output));
    fillRow(picture, patches, [z, y, x], rows, (pixel - from) * perRow);
  }
}

function fillRow(
  { data, offset, channels, fill }: Picture,
  { windows: [d, h, w], positions: [zs, ys, xs], inputSize }: Patches,
  [z, y, x]: readonly [number, number, number],
  rows: Values,
  start: number,
): void {
  let to = start;
  const [xAt, kernelW] = [x * w.kernel, w.kernel];
  for (let c = 0; c < channels; c++) {
    const channel = offset + c * inputSize;
    for (let kz = 0; kz < d.kernel; kz++) {
      const iz = zs[z * d.kernel + kz]!;
      for (let ky = 0; ky < h.kernel; ky++) {
        const iy = ys[y * h.kernel + ky]!;
        if (iz < 0 || iy < 0) for (let kx = 0; kx < kernelW; kx++) rows[to++] = fill;
        else {
          const line = channel + (iz * h.input + iy) * w.input;
          for (let kx = 0; kx < kernelW; kx++) {
            const ix = xs[xAt + kx]!;
            rows[to++] = ix < 0 ? fill : data[line + ix]!;
          }
        }
      }
    }
  }
}

/** Pixels whose rows are computed at once: about a million values. */
export function pixelsAtOnce({ pixels }: Patches, perRow: number): number {
  return Math.max(1, Math.min(pixels, Math.floor(2 ** 20 / Math.max(perRow, 1))));
}
