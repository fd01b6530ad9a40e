// Stored floats as float32.
import { makeError } from '../errors';
import { type SmallFloat, valuesOf } from '../tensor/small_floats';
import type { ElementName } from './element_types';

type Decoder = (buffer: ArrayBuffer, out: Float32Array) => void;

/** A table of all values of a format of 16 bits or fewer, which is made when it is first asked for. */
const byTable =
  (type: SmallFloat, codes: (buffer: ArrayBuffer) => Uint16Array | Uint8Array): Decoder =>
  (buffer, out) => {
    const [table, source] = [valuesOf(type), codes(buffer)];
    for (let i = 0; i < out.length; i++) out[i] = table[source[i]!]!;
  };

const bytes = (buffer: ArrayBuffer) => new Uint8Array(buffer);

const DECODERS: Readonly<Partial<Record<ElementName, Decoder>>> = {
  F32: (buffer, out) => out.set(new Float32Array(buffer, 0, out.length)),
  F64: (buffer, out) => out.set(new Float64Array(buffer, 0, out.length)),
  F16: byTable('float16', (buffer) => new Uint16Array(buffer)),
  BF16: (buffer, out) => {
    const [words, target] = [new Uint16Array(buffer), new Uint32Array(out.buffer, out.byteOffset, out.length)];
    for (let i = 0; i < target.length; i++) target[i] = words[i]! << 16;
  },
  F8_E4M3: byTable('float8e4m3fn', bytes),
  F8_E5M2: byTable('float8e5m2', bytes),
  F8_E4M3FNUZ: byTable('float8e4m3fnuz', bytes),
  F8_E5M2FNUZ: byTable('float8e5m2fnuz', bytes),
  F8_E8M0: (buffer, out) => {
    const powers = new Uint8Array(buffer);
    for (let i = 0; i < out.length; i++) out[i] = powers[i] === 255 ? Number.NaN : 2 ** (powers[i]! - 127);
  },
  // The first of two values lies in the low half of a byte.
  F4: (buffer, out) => {
    const [table, source] = [valuesOf('float4e2m1'), new Uint8Array(buffer)];
    for (let i = 0; i < out.length; i++) out[i] = table[(source[i >> 1]! >> (4 * (i & 1))) & 15]!;
  },
};

/** True for the types that decodeFloats takes. */
export function isFloatElement(element: ElementName): boolean {
  return DECODERS[element] !== undefined;
}

/**
 * Values as float32: F64 rounded to nearest (beyond float32 infinite), the others exactly.
 * @param buffer it begins with them
 * @param out as many values as are wanted
 * @throws ERR_UNSUPPORTED for integers, complex numbers, and floats of 6 bits, whose order in bytes the format leaves open
 */
export function decodeFloats(element: ElementName, buffer: ArrayBuffer, out: Float32Array): void {
  const decode = DECODERS[element];
  if (decode === undefined) throw makeError('ERR_UNSUPPORTED', `values of type ${element} have no float32 values here`);
  decode(buffer, out);
}
