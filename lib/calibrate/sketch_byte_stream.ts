// Numbers as bytes: counts in base 128 (LEB128), the rest little-endian.
import { makeError } from '../errors';

export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected);
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length).set(values, this.#at);
    this.#at += values.length;
  }

  /** Seven bits a byte, the lowest first; the last byte is below 128. */
  count(value: bigint): void {
    const bytes = this.#reserve(10);
    let rest = value;
    for (; rest > 0x3fff_ffffn; rest >>= 7n) bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    let low = Number(rest); // numbers are faster
    for (; low > 0x7f; low >>>= 7) bytes[this.#at++] = (low & 0x7f) | 0x80;
    bytes[this.#at++] = low;
  }

  float32(value: number): void {
    new DataView(this.#reserve(4).buffer).setFloat32(this.#at, value, true);
    this.#at += 4;
  }

  /** A non-negative integer in `length` bytes. */
  integer(value: bigint, length: number): void {
    const bytes = this.#reserve(length);
    for (let i = 0; i < length; i++) bytes[this.#at++] = Number((value >> BigInt(8 * i)) & 0xffn);
  }

  /** What was written. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  #reserve(length: number): Uint8Array<ArrayBuffer> {
    if (this.#at + length > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length + length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** Reads what ByteWriter wrote. Throws ERR_FILE at the end of the bytes, and for a count that is not in its shortest form. */
export class ByteReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at: number;

  constructor(bytes: Uint8Array<ArrayBuffer>, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  count(): bigint {
    let low = 0; // four bytes fit a number's integers
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#next();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return this.#shortest(BigInt(low), byte, shift);
    }
    let value = BigInt(low);
    for (let shift = 28; ; shift += 7) {
      const byte = this.#next();
      value |= BigInt(byte & 0x7f) << BigInt(shift);
      if (value >= 2n ** 64n || shift > 63) throw makeError('ERR_FILE', 'a count is beyond 64 bits');
      if (byte < 0x80) return this.#shortest(value, byte, shift);
    }
  }

  /** A count that is at most `most`. */
  length(most: number): number {
    const value = this.count();
    if (value > BigInt(most)) throw makeError('ERR_FILE', `a stretch has ${value} bins of ${most}`);
    return Number(value);
  }

  float32(): number {
    return new DataView(this.#bytes.buffer).getFloat32(this.#take(4), true);
  }

  integer(length: number): bigint {
    const start = this.#take(length);
    return this.#bytes
      .subarray(start, start + length)
      .reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n as bigint);
  }

  #shortest(value: bigint, last: number, shift: number): bigint {
    if (last === 0 && shift > 0) throw makeError('ERR_FILE', 'a count has more bytes than it needs');
    return value;
  }

  #next(): number {
    return this.#bytes[this.#take(1)]!;
  }

  #take(length: number): number {
    if (length > this.left) throw makeError('ERR_FILE', 'the bytes end within a channel');
    this.#at += length;
    return this.#at - length;
  }
}
