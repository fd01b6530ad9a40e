// Resize and Upsample: nearest, linear and cubic, axis by axis.
import { productOf } from '../../../tensor/tensor';
import type { Call } from '../call';
import { checkSize, encode, type NumberArray, scratch } from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { COORDINATES, NEAREST, type ResizedAxis, type Sampling, type Taps, tapsOf } from './resize_axis';

/** Scales and lengths of all axes, from scales or from sizes. */
function axesOf(call: Call, dims: readonly number[]): ResizedAxis[] {
  const rank = dims.length;
  const chosen = call.ints('axes', undefined)?.map((axis) => call.axis(axis, rank)) ?? dims.map((_, axis) => axis);
  const sizes = call.opset >= 11 ? call.optionalIntegers(3) : undefined;
  const scales = scalesOf(call);
  const [given, length] = sizes?.length ? [sizes, sizes.length] : [scales, scales?.length ?? 0];
  if (given === undefined || length !== chosen.length) call.fail(`it resizes ${length} axes of ${chosen.length}`);
  const roi = call.opset >= 11 ? (call.optionalFloats(1) ?? []) : [];
  const common = sizes?.length
    ? commonScale(
        call,
        chosen.map((axis) => dims[axis]!),
        sizes,
      )
    : undefined;
  return dims.map((input, axis) => {
    const i = chosen.indexOf(axis);
    if (i < 0) return { input, output: input, scale: 1, roi: [0, 1] };
    const part = [roi[i] ?? 0, roi[i + chosen.length] ?? 1] as const;
    if (!sizes?.length) return { input, output: Math.floor(input * scales![i]!), scale: scales![i]!, roi: part };
    if (common !== undefined) return { input, output: Math.floor(common * input + 0.5), scale: common, roi: part };
    return { input, output: sizes[i]!, scale: sizes[i]! / input, roi: part };
  });
}

/** Scales as an attribute before version 9, input 1 before 11, input 2 from it on. */
function scalesOf(call: Call): ArrayLike<number> | undefined {
  if (call.opset >= 11) return call.optionalFloats(2);
  if (call.node.opType === 'Resize' || call.opset >= 9) return call.optionalFloats(1);
  const attribute = call.node.attributes.get('scales');
  return attribute?.kind === 'floats' ? attribute.value : undefined;
}

/** One scale for all axes if the aspect ratio is to be kept. */
function commonScale(call: Call, dims: readonly number[], sizes: readonly number[]): number | undefined {
  const policy = call.string('keep_aspect_ratio_policy', 'stretch');
  const scales = sizes.map((size, i) => size / dims[i]!);
  if (policy === 'not_larger') return Math.min(...scales);
  return policy === 'not_smaller' ? Math.max(...scales) : undefined;
}

function samplingOf(call: Call): Sampling {
  const modern = call.opset >= 11;
  const sampling = {
    mode: call.string('mode', 'nearest'),
    coordinates: modern ? call.string('coordinate_transformation_mode', 'half_pixel') : 'asymmetric',
    nearest: modern ? call.string('nearest_mode', 'round_prefer_floor') : 'floor',
    cubicA: call.float('cubic_coeff_a', -0.75),
    excludeOutside: call.int('exclude_outside', 0) === 1,
    antialias: call.int('antialias', 0) === 1,
  };
  const known =
    ['nearest', 'linear', 'cubic'].includes(sampling.mode) &&
    Object.hasOwn(COORDINATES, sampling.coordinates) &&
    Object.hasOwn(NEAREST, sampling.nearest);
  if (!known)
    call.fail(`${sampling.mode}, ${sampling.coordinates}, ${sampling.nearest} is not known`, 'ERR_UNSUPPORTED');
  return sampling;
}

/** Values along one axis from their taps; [outer, input, inner] to [outer, output, inner]. */
function resampled(x: NumberArray, [outer, input, inner]: readonly [number, number, number], taps: Taps): Float64Array {
  const output = taps.starts.length - 1;
  const out = new Float64Array(outer * output * inner);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < output; i++) {
      const to = (o * output + i) * inner;
      for (let t = taps.starts[i]!; t < taps.starts[i + 1]!; t++) {
        const from = (o * input + taps.positions[t]!) * inner;
        const weight = taps.weights[t]!;
        for (let j = 0; j < inner; j++) out[to + j]! += weight * x[from + j]!;
      }
    }
  return out;
}

const resize: Operator = (call) => {
  const { dims } = call.input(0);
  const type = call.type(0);
  const axes = axesOf(call, dims);
  const target = axes.map(({ output }) => output);
  checkSize('float64', target);
  if (dims.includes(0) && productOf(target) > 0) call.fail('there are no values to resize');
  const sampling = samplingOf(call);
  let x: NumberArray = call.numbers(0);
  const current = [...dims];
  const taps = axes.map((axis) => tapsOf(axis, sampling));
  axes.forEach((axis, i) => {
    if (axis.input === axis.output && axis.scale === 1 && sampling.coordinates !== 'tf_crop_and_resize') return;
    checkSize('float64', current.with(i, axis.output));
    x = resampled(x, [productOf(current.slice(0, i)), axis.input, productOf(current.slice(i + 1))], taps[i]!);
    current[i] = axis.output;
  });
  const out = scratch(type, target) as Float32Array;
  for (let i = 0; i < out.length; i++) out[i] = x[i]!;
  fillOutside(call, out, target, taps);
  return [encode(type, target, out)];
};

/** What lies beyond the input gets the extrapolation value. */
function fillOutside(call: Call, out: Float32Array, dims: readonly number[], taps: readonly Taps[]): void {
  if (!taps.some(({ outside }) => outside.includes(1))) return;
  const value = call.float('extrapolation_value', 0);
  const strides = dims.map((_, axis) => productOf(dims.slice(axis + 1)));
  for (let i = 0; i < out.length; i++)
    if (taps.some(({ outside }, axis) => outside[Math.floor(i / strides[axis]!) % dims[axis]!] === 1)) out[i] = value;
}

export const RESIZES: Family = {
  Resize: row(10, resize),
  Upsample: row(7, resize),
};
