// QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear.
import { dequantizeValues, quantizeValues } from '../../../quantize/type_calls';
import { elementTypeOf, type NumericType, type TensorValue } from '../../model';
import type { Call } from '../call';
import {
  bitsOfNumber,
  encode,
  float32,
  isSmallFloat,
  type NumberArray,
  numbersOf,
  roundHalfToEven,
  scratch,
} from '../numbers';
import { type Family, type Operator, row } from '../operator';
import { eachRun, type Layout, layoutOf } from './affine';

const RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  int4: [-8, 7],
  uint4: [0, 15],
  int2: [-2, 1],
  uint2: [0, 3],
};

/** Types that the project's kernels quantize to and from. */
const KERNEL_TYPES = ['int8', 'uint8', 'int16', 'uint16'] as const;
type KernelType = (typeof KERNEL_TYPES)[number];
const isKernelType = (type: string): type is KernelType => (KERNEL_TYPES as readonly string[]).includes(type);

/** [low, high] of an integer type. Throws ERR_UNSUPPORTED for others. */
export function rangeOfType(call: Call, type: string): readonly [number, number] {
  return RANGES[type] ?? call.fail(`it quantizes to ${type}, which is not known`, 'ERR_UNSUPPORTED');
}

/** A type that an attribute names; undefined where the attribute is absent or 0. */
function typeOf(call: Call, name: string): NumericType | undefined {
  const code = call.int(name, 0);
  if (code === 0) return undefined;
  const type = elementTypeOf(code);
  return type === undefined || type === 'string' ? call.fail(`${name} ${code} is not known`, 'ERR_UNSUPPORTED') : type;
}

const kernelScale = (scale: NumberArray): boolean =>
  scale.every((value) => value > 0 && value < Number.POSITIVE_INFINITY);

/** Parameters as the kernels take them. */
function kernelParams(type: KernelType, scale: NumberArray, zero: NumberArray | undefined) {
  const zeroPoint = zero === undefined ? new Int32Array(scale.length) : Int32Array.from(zero);
  return { type, scale: Float32Array.from(scale), zeroPoint, granularity: 'tensor' as const };
}

const runOf = ({ granularity, inner }: Layout): number => (granularity === 'tensor' ? 1 : inner);

function zeroPoints(call: Call, scale: NumberArray): NumberArray | undefined {
  if (!call.has(2)) return undefined;
  const zero = call.numbers(2);
  if (zero.length !== scale.length) call.fail(`it has ${zero.length} zero points for ${scale.length} scales`);
  return zero;
}

/** saturate(round(x / scale) + zeroPoint), ties to even; NaN becomes the zero point. */
function quantize(call: Call): TensorValue {
  const type = (call.has(2) ? call.type(2) : typeOf(call, 'output_dtype')) ?? 'uint8';
  const { dims } = call.input(0);
  const scale = call.numbers(1);
  const layout = layoutOf(call, dims, call.dims(1));
  const zero = zeroPoints(call, scale);
  const x = call.floats(0);
  if (
    isKernelType(type) &&
    layout.granularity !== 'block' &&
    call.type(1) === 'float32' &&
    x instanceof Float32Array &&
    kernelScale(scale)
  ) {
    const quantized = scratch(type, dims) as Int8Array;
    quantizeValues({ real: x, quantized, params: kernelParams(type, scale, zero), inner: runOf(layout) });
    return { type, dims, data: quantized };
  }
  if (isSmallFloat(type)) return quantizeToFloat(call, { type, scale, layout, x });
  const [low, high] = rangeOfType(call, type);
  const out = scratch(type, dims) as Int32Array;
  const divide = divisionOf(call);
  eachRun(layout, (from, to, i) => {
    const shift = zero?.[i] ?? 0;
    for (let j = from; j < to; j++) {
      const q = roundHalfToEven(divide(x[j]!, scale[i]!)) + shift;
      out[j] = Number.isNaN(q) ? shift : Math.min(Math.max(q, low), high);
    }
  });
  return encode(type, dims, out);
}

/** The quotient in the precision of the scale, or of the attribute `precision`. */
function divisionOf(call: Call): (x: number, scale: number) => number {
  const precision = typeOf(call, 'precision') ?? call.type(1);
  if (precision !== 'float16') return (x, scale) => Math.fround(x / scale);
  const one = new Float32Array(1);
  return (x, scale) => {
    one[0] = x / scale;
    return numbersOf(encode('float16', [1], one))[0]!;
  };
}

interface ToFloat {
  readonly type: Parameters<typeof bitsOfNumber>[0];
  readonly scale: NumberArray;
  readonly layout: Layout;
  readonly x: NumberArray;
}

function quantizeToFloat(call: Call, { type, scale, layout, x }: ToFloat): TensorValue {
  const saturate = call.int('saturate', 1) === 1;
  const { dims } = call.input(0);
  const out = scratch(type, dims) as Float32Array;
  const codes = new Uint16Array(out.length);
  eachRun(layout, (from, to, i) => {
    // the zero point of these types is 0: adding it leaves no -0
    for (let j = from; j < to; j++) codes[j] = bitsOfNumber(type, Math.fround(x[j]! / scale[i]!) + 0, saturate);
  });
  if (type === 'float4e2m1') return { ...encode('uint4', dims, codes), type };
  return { type, dims, data: type.startsWith('float8') ? Uint8Array.from(codes) : codes };
}

/** (q - zeroPoint) · scale, in the type of the scale. */
function dequantize(call: Call): TensorValue {
  const value = call.input(0);
  const { dims } = value;
  const type = typeOf(call, 'output_dtype') ?? call.type(1);
  const scale = call.numbers(1);
  const layout = layoutOf(call, dims, call.dims(1));
  const zero = zeroPoints(call, scale);
  if (isKernelType(value.type) && layout.granularity !== 'block' && type === 'float32' && kernelScale(scale)) {
    const real = scratch(type, dims) as Float32Array;
    const params = kernelParams(value.type, scale, zero);
    dequantizeValues({ real, quantized: value.data as Int8Array, params, inner: runOf(layout) });
    return float32(dims, real);
  }
  const q = call.numbers(0);
  const out = scratch(type, dims) as Float32Array;
  eachRun(layout, (from, to, i) => {
    const shift = zero?.[i] ?? 0;
    for (let j = from; j < to; j++) out[j] = Math.fround(q[j]! - shift) * scale[i]!;
  });
  return encode(type, dims, out);
}

/** uint8 with the range of the values and 0, as in version 11. All zeros have the scale 1. */
export function dynamicParams(x: Float32Array): { scale: number; zeroPoint: number } {
  let [low, high] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    low = Math.min(low, x[i]!);
    high = Math.max(high, x[i]!);
  }
  const scale = Math.fround(Math.fround(high - low) / 255) || 1;
  const zeroPoint = Math.min(Math.max(roundHalfToEven(-Math.fround(low / scale)), 0), 255);
  return { scale, zeroPoint };
}

/** q of the whole tensor with its dynamicParams. */
export function quantizeDynamically(call: Call, input: number): { q: Uint8Array; scale: number; zeroPoint: number } {
  const x = call.array(input);
  if (!(x instanceof Float32Array)) call.fail('its input must be float32', 'ERR_DTYPE');
  const { scale, zeroPoint } = dynamicParams(x);
  if (!Number.isFinite(scale)) call.fail('its input holds infinities or NaN', 'ERR_RANGE');
  const quantized = new Uint8Array(x.length);
  quantizeValues({
    real: x,
    quantized,
    params: kernelParams('uint8', Float32Array.of(scale), Uint8Array.of(zeroPoint)),
    inner: 1,
  });
  return { q: quantized, scale, zeroPoint };
}

const dynamicQuantize: Operator = (call) => {
  const { q, scale, zeroPoint } = quantizeDynamically(call, 0);
  return [
    { type: 'uint8', dims: call.dims(0), data: q },
    float32([], Float32Array.of(scale)),
    { type: 'uint8', dims: [], data: Uint8Array.of(zeroPoint) },
  ];
};

export const QUANTIZERS: Family = {
  DequantizeLinear: row(10, (call) => [dequantize(call)]),
  DynamicQuantizeLinear: row(11, dynamicQuantize),
  QuantizeLinear: row(10, (call) => [quantize(call)]),
};

export const MICROSOFT_QUANTIZERS: Family = {
  DequantizeLinear: row(1, (call) => [dequantize(call)]),
  QuantizeLinear: row(1, (call) => [quantize(call)]),
};
