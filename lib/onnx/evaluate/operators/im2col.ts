// Convolutions as products: what lies under windows as rows, or as columns.
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

/** Lines of output pixels, first and end: a line is a row of windows. */
export type Lines = readonly [first: number, end: number];

/**
 * What the taps of a kernel see, as [channels × taps, pixels of the lines]. `columns` holds at least that much, and may hold
 * anything before.
 */
export function fillColumns(picture: Picture, patches: Patches, lines: Lines, columns: Values): void {
  const { data, offset, channels, fill } = picture;
  const { windows, positions, inputSize } = patches;
  const [d, h, w] = windows;
  const [zs, ys] = positions;
  let to = 0;
  for (let row = 0; row < channels * patches.taps; row++) {
    const kx = row % w.kernel;
    const ky = Math.floor(row / w.kernel) % h.kernel;
    const kz = Math.floor(row / (w.kernel * h.kernel)) % d.kernel;
    const channel = offset + Math.floor(row / patches.taps) * inputSize;
    for (let line = lines[0]; line < lines[1]; line++, to += w.output) {
      const iz = zs[Math.floor(line / h.output) * d.kernel + kz]!;
      const iy = ys[(line % h.output) * h.kernel + ky]!;
      if (iz < 0 || iy < 0) columns.fill(fill, to, to + w.output);
      else fillLine(data, channel + (iz * h.input + iy) * w.input, { w, kx, fill }, columns, to);
    }
  }
}

interface Tap {
  readonly w: Window;
  readonly kx: number;
  readonly fill: number;
}

/** Lines from this length on are copied as a whole, where their windows are next to each other. */
const WORTH_COPYING = 24;

/** What one tap sees along a line: fill where it lies outside, and values from `start` on. */
function fillLine(data: Values, start: number, { w, kx, fill }: Tap, columns: Values, to: number): void {
  const shift = kx * w.dilation - w.before;
  const first = Math.min(Math.max(Math.ceil(-shift / w.stride), 0), w.output);
  const end = Math.max(Math.min(Math.ceil((w.input - shift) / w.stride), w.output), first);
  for (let x = 0; x < first; x++) columns[to + x] = fill;
  if (w.stride === 1 && end - first >= WORTH_COPYING)
    columns.set(data.subarray(start + first + shift, start + end + shift), to + first);
  else
    for (let x = first, at = start + first * w.stride + shift; x < end; x++, at += w.stride)
      columns[to + x] = data[at]!;
  for (let x = end; x < w.output; x++) columns[to + x] = fill;
}

/** Lines whose columns are computed at once: about a million values, one line at least. */
export function linesAtOnce({ windows: [d, h, w] }: Patches, rows: number): number {
  const lines = d.output * h.output;
  return Math.max(1, Math.min(lines, Math.floor(2 ** 20 / Math.max(rows * w.output, 1))));
}

/** [channels, count] into channels that lie `apart`. */
export function spreadChannels<T extends Float32Array | Int32Array>(
  from: T,
  channels: number,
  out: T,
  apart: number,
): void {
  const count = from.length / channels;
  for (let c = 0; c < channels; c++) out.set(from.subarray(c * count, (c + 1) * count), c * apart);
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
