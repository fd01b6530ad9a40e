// Floating-point tensors of any width as float32.
import { decodeFloat32 } from '../../data_files/elements';
import type { ElementArray, TensorValue } from '../model';

const FLOATS = ['float16', 'bfloat16', 'float64'] as const;

/** The values as float32, rounded to nearest; undefined for what is no floating-point tensor. */
export function floatsOf({ type, data }: TensorValue): Float32Array | undefined {
  if (type === 'float32') return data as Float32Array;
  const wide = FLOATS.find((one) => one === type);
  if (wide === undefined) return undefined;
  const { buffer, byteOffset, byteLength } = data as ElementArray;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
  return decodeFloat32(bytes as Uint8Array<ArrayBuffer>, { type: wide, bigEndian: false, scale: 1 });
}
