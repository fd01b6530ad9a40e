// Numbers and arrays one after the other, little-endian.
import { MOST_KV_TOKENS } from './kv_options';

type Numbers = Uint8Array | Uint16Array | Float32Array | Float64Array;

const bytesOf = (array: Numbers): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

export class KvByteWriter {
  #parts: Uint8Array[] = [];
  #length = 0;

  bytes(part: Uint8Array): void {
    this.#parts.push(part);
    this.#length += part.length;
  }
  /** As uint64. */
  numbers(values: readonly number[]): void {
    this.bytes(bytesOf64(values));
  }
  /** The array's own bytes, which are copied by take(). */
  array(values: Numbers): void {
    this.bytes(bytesOf(values));
  }
  take(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

function bytesOf64(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
}

export class KvByteReader {
  #at: number;
  readonly #bytes: Uint8Array;
  readonly #damage: (what: string) => Error;

  constructor(bytes: Uint8Array, start: number, damage: (what: string) => Error) {
    this.#bytes = bytes;
    this.#at = start;
    this.#damage = damage;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Throws unless so many tokens can be and their bytes are there. */
  require(tokens: number, bytes: number): void {
    if (tokens > MOST_KV_TOKENS || bytes > this.left) throw this.#damage('an early end');
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw this.#damage('an early end');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** uint64s of at most 2^31. */
  numbers(count: number): number[] {
    const view = this.#aligned(count, 8);
    return Array.from({ length: count }, (_, i) => {
      const value = view.getBigUint64(8 * i, true);
      if (value > BigInt(MOST_KV_TOKENS)) throw this.#damage('a number that is too large');
      return Number(value);
    });
  }
  float32(count: number): Float32Array {
    return new Float32Array(this.#aligned(count, 4).buffer);
  }
  float64(count: number): Float64Array {
    return new Float64Array(this.#aligned(count, 8).buffer);
  }

  #aligned(count: number, bytes: number): DataView<ArrayBuffer> {
    return new DataView(this.take(count * bytes).slice().buffer as ArrayBuffer);
  }
}
