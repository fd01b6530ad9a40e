// 4-bit values two a byte, in ONNX's order: the first in the low nibble.
import { makeError } from '../errors';
import { checkInteger } from '../validate';

/** Packs values from -8 to 15, of which the low four bits count. An odd last byte has 0 in its high nibble. */
export function packNibbles(values: Int8Array | Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 2));
  for (let i = 0; i < values.length; i++) bytes[i >> 1]! |= (values[i]! & 15) << (4 * (i & 1));
  return bytes;
}

/**
 * The first `count` values of packed bytes: from -8 to 7 if signed, else from 0 to 15.
 * @throws ERR_SHAPE for fewer bytes than hold so many
 */
export function unpackNibbles(bytes: Uint8Array, count: number, signed: boolean): Int8Array | Uint8Array {
  checkInteger('count', count, 0, 2 ** 32);
  if (bytes.length < Math.ceil(count / 2))
    throw makeError('ERR_SHAPE', `${count} values of 4 bits take ${Math.ceil(count / 2)} bytes, got ${bytes.length}`);
  const values = signed ? new Int8Array(count) : new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const nibble = (bytes[i >> 1]! >> (4 * (i & 1))) & 15;
    values[i] = signed ? (nibble << 28) >> 28 : nibble;
  }
  return values;
}
