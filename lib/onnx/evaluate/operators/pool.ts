// MaxPool, AveragePool, LpPool and their global forms.
import { productOf } from '../../../tensor/tensor';
import type { TensorValue } from '../../model';
import type { Call } from '../call';
import { encode, type FloatArray, int64, type NumberArray, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { type Patches, patchesOf } from './im2col';
import { type Window, windowsOf } from './windows';

export interface Pooling {
  readonly windows: readonly Window[];
  readonly patches: Patches;
  readonly dims: number[];
  /** Batch times channels. */
  readonly planes: number;
}

/** The windows of a pool over [n, c, ...]. */
export function poolingOf(call: Call): Pooling {
  const { dims } = call.input(0);
  const kernel = call.ints('kernel_shape', undefined) ?? call.fail('it has no kernel_shape', 'ERR_FILE');
  const spatial = dims.slice(2);
  if (spatial.length === 0 || kernel.length !== spatial.length || kernel.some((size) => !(size >= 1 && size < 2 ** 31)))
    call.fail(`a kernel of [${kernel.join(', ')}] does not pool [${dims.join(', ')}]`);
  const windows = windowsOf(call, spatial, kernel, call.int('ceil_mode', 0) === 1);
  const out = [...dims.slice(0, 2), ...windows.map(({ output }) => output)];
  return { windows, patches: patchesOf(call, windows), dims: out, planes: dims[0]! * dims[1]! };
}

/** Calls `visit` for each window of a plane, with the input positions it sees. */
export function eachWindow(
  { windows: [d, h, w], positions: [zs, ys, xs] }: Patches,
  visit: (pixel: number, seen: number[]) => void,
): void {
  let pixel = 0;
  const seen: number[] = [];
  for (let z = 0; z < d.output; z++)
    for (let y = 0; y < h.output; y++)
      for (let x = 0; x < w.output; x++) {
        seen.length = 0;
        for (let kz = 0; kz < d.kernel; kz++)
          for (let ky = 0; ky < h.kernel; ky++) {
            const [iz, iy] = [zs[z * d.kernel + kz]!, ys[y * h.kernel + ky]!];
            if (iz < 0 || iy < 0) continue;
            for (let kx = 0; kx < w.kernel; kx++) {
              const ix = xs[x * w.kernel + kx]!;
              if (ix >= 0) seen.push((iz * h.input + iy) * w.input + ix);
            }
          }
        visit(pixel++, seen);
      }
}

/** The largest values, and on request where they are. int8 and uint8 too. */
const maxPool: Operator = (call) => {
  const { patches, dims, planes } = poolingOf(call);
  const type = call.type(0);
  const out = scratch(type, dims) as Float32Array;
  const x = call.array(0) as NumberArray;
  const wantsIndices = (call.node.outputs[1] ?? '') !== '';
  const indices = new Float64Array(wantsIndices ? out.length : 0);
  const columns = call.int('storage_order', 0) === 1;
  eachWindow(patches, (pixel, seen) => {
    for (let plane = 0; plane < planes; plane++) {
      const offset = plane * patches.inputSize;
      let best = seen[0] ?? -1;
      for (let i = 1; i < seen.length; i++) if (x[offset + seen[i]!]! > x[offset + best]!) best = seen[i]!;
      const to = plane * patches.pixels + pixel;
      out[to] = best < 0 ? Number.NEGATIVE_INFINITY : x[offset + best]!;
      if (wantsIndices) indices[to] = offset + (columns ? columnFirst(best, patches) : best);
    }
  });
  const result = encode(type, dims, out);
  return wantsIndices ? [result, int64(dims, [...indices])] : [result];
};

/** A position in a plane of rows as one in a plane of columns. */
function columnFirst(at: number, { windows: [d, h, w] }: Patches): number {
  const [x, y, z] = [at % w.input, Math.floor(at / w.input) % h.input, Math.floor(at / (w.input * h.input))];
  return (x * h.input + y) * d.input + z;
}

/** How many positions of each window count, padding included up to its end. */
function paddedCounts({ windows }: Patches): Float64Array {
  const lengths = windows.map(({ input, kernel, output, stride, dilation, before, after }) =>
    Float64Array.from({ length: output }, (_, o) => {
      let count = 0;
      for (let t = 0; t < kernel; t++) {
        const at = o * stride + t * dilation - before;
        if (at >= -before && at < input + after) count++;
      }
      return count;
    }),
  );
  const [d, h, w] = lengths as [Float64Array, Float64Array, Float64Array];
  const counts = new Float64Array(d.length * h.length * w.length);
  for (let i = 0; i < counts.length; i++)
    counts[i] = w[i % w.length]! * h[Math.floor(i / w.length) % h.length]! * d[Math.floor(i / (w.length * h.length))]!;
  return counts;
}

/** Means of values in each window. */
export function averagePooled(call: Call, x: NumberArray): { means: Float64Array; dims: number[] } {
  const { patches, dims, planes } = poolingOf(call);
  const means = scratch('float64', dims) as Float64Array;
  const counts = call.int('count_include_pad', 0) === 1 ? paddedCounts(patches) : undefined;
  eachWindow(patches, (pixel, seen) => {
    const count = counts?.[pixel] ?? seen.length;
    for (let plane = 0; plane < planes; plane++) {
      const offset = plane * patches.inputSize;
      let sum = 0;
      for (let i = 0; i < seen.length; i++) sum += x[offset + seen[i]!]!;
      means[plane * patches.pixels + pixel] = count === 0 ? 0 : sum / count;
    }
  });
  return { means, dims };
}

const fromDoubles = (call: Call, dims: readonly number[], values: Float64Array): TensorValue => {
  const type = call.type(0);
  const out = scratch(type, dims) as FloatArray;
  out.set(values);
  return encode(type, dims, out);
};

const averagePool: Operator = (call) => {
  const { means, dims } = averagePooled(call, call.floats(0));
  return [fromDoubles(call, dims, means)];
};

const lpPool: Operator = (call) => {
  const p = call.int('p', 2);
  const { patches, dims, planes } = poolingOf(call);
  const x = call.floats(0);
  const norms = scratch('float64', dims) as Float64Array;
  eachWindow(patches, (pixel, seen) => {
    for (let plane = 0; plane < planes; plane++) {
      let sum = 0;
      for (const at of seen) sum += Math.abs(x[plane * patches.inputSize + at]!) ** p;
      norms[plane * patches.pixels + pixel] = sum ** (1 / p);
    }
  });
  return [fromDoubles(call, dims, norms)];
};

interface Global {
  readonly start: number;
  readonly add: (sum: number, x: number) => number;
  readonly finish: (sum: number, count: number) => number;
}

/** One value for each channel; spatial dims become 1. */
export function globalPooled(
  call: Call,
  x: NumberArray,
  { start, add, finish }: Global,
): { values: Float64Array; dims: number[] } {
  const { dims } = call.input(0);
  if (dims.length < 3) call.fail(`it pools [${dims.join(', ')}], which has no spatial axes`);
  const size = productOf(dims.slice(2));
  const values = Float64Array.from({ length: dims[0]! * dims[1]! }, (_, plane) => {
    let sum = start;
    for (let i = plane * size; i < (plane + 1) * size; i++) sum = add(sum, x[i]!);
    return finish(sum, size);
  });
  return { values, dims: dims.map((dim, axis) => (axis < 2 ? dim : 1)) };
}

export const MEAN: Global = { start: 0, add: (sum, x) => sum + x, finish: (sum, count) => sum / count };

const globalPool =
  (make: (call: Call) => Global): Operator =>
  (call) => {
    const { values, dims } = globalPooled(call, call.numbers(0), make(call));
    return [fromDoubles(call, dims, values)];
  };

const globalLp = (call: Call): Global => {
  const p = call.int('p', 2);
  return { start: 0, add: (sum, x) => sum + Math.abs(x) ** p, finish: (sum) => sum ** (1 / p) };
};

export const POOLS: Family = {
  AveragePool: row(1, averagePool),
  GlobalAveragePool: row(
    1,
    globalPool(() => MEAN),
  ),
  GlobalLpPool: row(2, globalPool(globalLp)),
  GlobalMaxPool: row(
    1,
    globalPool(() => ({ start: Number.NEGATIVE_INFINITY, add: Math.max, finish: (top) => top })),
  ),
  LpPool: row(2, lpPool),
  MaxPool: row(1, maxPool),
};
