// One axis of Resize: which input values each output value is made of.

/** How an axis is resized. */
export interface ResizedAxis {
  readonly input: number;
  readonly output: number;
  readonly scale: number;
  /** The part of the axis that is taken, for tf_crop_and_resize. */
  readonly roi: readonly [start: number, end: number];
}

export interface Sampling {
  readonly mode: string;
  /** coordinate_transformation_mode */
  readonly coordinates: string;
  /** nearest_mode */
  readonly nearest: string;
  readonly cubicA: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

/** For output i: positions and weights [starts[i], starts[i + 1]); `outside` where it lies beyond the input. */
export interface Taps {
  readonly starts: Int32Array;
  readonly positions: number[];
  readonly weights: number[];
  readonly outside: Uint8Array;
}

type Coordinate = (x: number, axis: ResizedAxis) => number;

/** The standard's formulas, by coordinate_transformation_mode. */
export const COORDINATES: Readonly<Record<string, Coordinate>> = {
  align_corners: (x, { input, output }) => (output === 1 ? 0 : (x * (input - 1)) / (output - 1)),
  asymmetric: (x, { scale }) => x / scale,
  half_pixel: (x, { scale }) => (x + 0.5) / scale - 0.5,
  half_pixel_symmetric: (x, { input, output, scale }) =>
    (input / 2) * (1 - output / (scale * input)) + (x + 0.5) / scale - 0.5,
  pytorch_half_pixel: (x, { output, scale }) => (output > 1 ? (x + 0.5) / scale - 0.5 : 0),
  tf_crop_and_resize: (x, { input, output, roi: [start, end] }) =>
    output > 1
      ? start * (input - 1) + (x * (end - start) * (input - 1)) / (output - 1)
      : 0.5 * (start + end) * (input - 1),
  tf_half_pixel_for_nn: (x, { scale }) => (x + 0.5) / scale,
};

/** The standard's roundings, by nearest_mode. */
export const NEAREST: Readonly<Record<string, (x: number) => number>> = {
  ceil: Math.ceil,
  floor: Math.floor,
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
};

const clamp = (value: number, length: number): number => Math.min(Math.max(value, 0), length - 1);

export function tapsOf(axis: ResizedAxis, sampling: Sampling): Taps {
  const starts = new Int32Array(axis.output + 1);
  const outside = new Uint8Array(axis.output);
  const positions: number[] = [];
  const weights: number[] = [];
  const coordinate = COORDINATES[sampling.coordinates]!;
  for (let i = 0; i < axis.output; i++) {
    const x = coordinate(i, axis);
    if (sampling.coordinates === 'tf_crop_and_resize' && (x < 0 || x > axis.input - 1)) outside[i] = 1;
    if (sampling.mode === 'nearest') {
      positions.push(clamp(NEAREST[sampling.nearest]!(x), axis.input));
      weights.push(1);
    } else addTaps(x, axis, sampling, { positions, weights });
    starts[i + 1] = positions.length;
  }
  return { starts, positions, weights, outside };
}

/** Linear or cubic taps around x, stretched where the axis shrinks and `antialias` is set. */
function addTaps(
  x: number,
  { input, scale }: ResizedAxis,
  sampling: Sampling,
  to: { positions: number[]; weights: number[] },
): void {
  const cubic = sampling.mode === 'cubic';
  const stretch = sampling.antialias ? Math.min(scale, 1) : 1;
  const base = Math.floor(x);
  const first = Math.floor((cubic ? -2 : -1) / stretch) + 1;
  const taps: number[] = [];
  let sum = 0;
  for (let i = first; i < 2 - first; i++) {
    const distance = Math.abs((i - (x - base)) * stretch);
    const out = base + i < 0 || base + i >= input;
    const weight =
      sampling.excludeOutside && out ? 0 : cubic ? cubicWeight(distance, sampling.cubicA) : Math.max(0, 1 - distance);
    taps.push(weight);
    sum += weight;
  }
  taps.forEach((weight, i) => {
    if (weight === 0) return;
    to.positions.push(clamp(base + first + i, input));
    to.weights.push(weight / sum);
  });
}

/** Keys's kernel. */
function cubicWeight(x: number, a: number): number {
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}
