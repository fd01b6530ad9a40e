// Integers of 4 and 2 bits, which lie in bytes, the first value lowest.

/** One value per element. */
export function unpackBits(bytes: Uint8Array, count: number, bits: 2 | 4, signed: boolean): Int8Array | Uint8Array {
  const out = signed ? new Int8Array(count) : new Uint8Array(count);
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  for (let i = 0; i < count; i++) {
    const value = (bytes[Math.floor(i / perByte)]! >>> ((i % perByte) * bits)) & mask;
    out[i] = signed && value > mask >> 1 ? value - mask - 1 : value;
  }
  return out;
}

/** The inverse: values modulo 2^bits. */
export function packBits(values: ArrayLike<number>, bits: 2 | 4): Uint8Array {
  const perByte = 8 / bits;
  const mask = 2 ** bits - 1;
  const out = new Uint8Array(Math.ceil(values.length / perByte));
  for (let i = 0; i < values.length; i++)
    out[Math.floor(i / perByte)]! |= (values[i]! & mask) << ((i % perByte) * bits);
  return out;
}
