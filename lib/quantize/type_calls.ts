// Which native call quantizes to, and dequantizes from, a type.
import { addon } from '../addon';
import type { DataOf } from '../tensor';
import { type AnyQParams, type ByteType, type QuantizedType, rangeOf } from './scheme';

/** Real and quantized values of one tensor, checked. */
export interface TypeCall {
  readonly real: Float32Array;
  readonly quantized: DataOf<QuantizedType>;
  readonly params: AnyQParams;
  /** The length of one channel's contiguous run. */
  readonly inner: number;
}

type ByteData = DataOf<ByteType>;

export function quantizeValues({ real, quantized, params, inner }: TypeCall): void {
  const { type, scale, zeroPoint } = params;
  if (isNibble(type)) addon.quantizeNibbles(real, nibbles(quantized), scale, zeroPoint, inner, isSigned(type));
  else if (isWord(type)) addon.quantizeWords(real, words(quantized), scale, zeroPoint, inner, isSigned(type));
  else addon.quantize(real, quantized as ByteData, scale, zeroPoint, inner);
}

export function quantizeValuesAsync({ real, quantized, params, inner }: TypeCall): Promise<void> {
  const { type, scale, zeroPoint } = params;
  if (isNibble(type))
    return addon.quantizeNibblesAsync(real, nibbles(quantized), scale, zeroPoint, inner, isSigned(type));
  if (isWord(type)) return addon.quantizeWordsAsync(real, words(quantized), scale, zeroPoint, inner, isSigned(type));
  return addon.quantizeAsync(real, quantized as ByteData, scale, zeroPoint, inner);
}

export function dequantizeValues({ real, quantized, params, inner }: TypeCall): void {
  const { type, scale, zeroPoint } = params;
  if (isNibble(type)) addon.dequantizeNibbles(nibbles(quantized), real, scale, zeroPoint, inner, isSigned(type));
  else if (isWord(type)) addon.dequantizeWords(words(quantized), real, scale, zeroPoint, inner, isSigned(type));
  else addon.dequantize(quantized as ByteData, real, scale, zeroPoint, inner);
}

export function dequantizeValuesAsync({ real, quantized, params, inner }: TypeCall): Promise<void> {
  const { type, scale, zeroPoint } = params;
  if (isNibble(type))
    return addon.dequantizeNibblesAsync(nibbles(quantized), real, scale, zeroPoint, inner, isSigned(type));
  if (isWord(type)) return addon.dequantizeWordsAsync(words(quantized), real, scale, zeroPoint, inner, isSigned(type));
  return addon.dequantizeAsync(quantized as ByteData, real, scale, zeroPoint, inner);
}

const isNibble = (type: QuantizedType): boolean => type === 'int4' || type === 'uint4';
const isWord = (type: QuantizedType): boolean => type === 'int16' || type === 'uint16';
const isSigned = (type: QuantizedType): boolean => rangeOf(type)[0] < 0;

const nibbles = (data: DataOf<QuantizedType>): Uint8Array => data as Uint8Array;

/** 16-bit values as the words that native code takes. An empty array may be detached, and then has nothing to look at. */
function words(data: DataOf<QuantizedType>): Uint16Array {
  if (data.length === 0) return new Uint16Array();
  return data instanceof Uint16Array ? data : new Uint16Array(data.buffer, data.byteOffset, data.length);
}
