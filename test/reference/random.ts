// Seeded random numbers: the same on every machine and every run.

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1), by mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)] as T;
  }

  int8(length: number): Int8Array {
    return Int8Array.from({ length }, () => this.integer(-128, 127));
  }

  uint8(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.integer(0, 255));
  }

  int32(length: number, low: number, high: number): Int32Array {
    return Int32Array.from({ length }, () => this.integer(low, high));
  }

  /** Values in [-range, range), many of them near 0. */
  float32(length: number, range = 1): Float32Array {
    return Float32Array.from({ length }, () => (2 * this.next() - 1) * this.next() * range);
  }

  /** Any bit pattern: subnormals, infinities and NaN among them. */
  anyFloat32(length: number): Float32Array {
    return new Float32Array(Uint32Array.from({ length }, () => this.integer(0, 2 ** 32 - 1)).buffer);
  }
}
