// Values that are the same on every machine: a generator of integers, and floats made of them without rounding.

const SPECIAL = [
  0x00000000, 0x80000000, 0x3f000000, 0xbf000000, 0x3fc00000, 0x40200000, 0xc2ff0000, 0x42ff0000, 0x43008000,
  0x7f800000, 0xff800000, 0x7fc00000, 0x7f7fffff, 0xff7fffff, 0x00800000, 0x00000001, 0x80000001, 0x0da24260,
];

export class SeededValues {
  #state;

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to 2^32 - 1, by mulberry32. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /**
   * An integer from `low` to `high`, both included.
   * @param {number} low
   * @param {number} high
   */
  integer(low, high) {
    return low + (this.next() % (high - low + 1));
  }

  /**
   * @param {'int8' | 'uint8'} type
   * @param {number} length
   */
  bytes(type, length) {
    const low = type === 'int8' ? -128 : 0;
    const values = { length };
    const value = () => this.integer(low, low + 255);
    return type === 'int8' ? Int8Array.from(values, value) : Uint8Array.from(values, value);
  }

  /**
   * Multiples of 2^-scale, 16 bits of them.
   * @param {number} length
   * @param {number} scale
   */
  floats(length, scale) {
    return Float32Array.from({ length }, () => this.integer(-32768, 32767) / 2 ** scale);
  }

  /**
   * Scales from 2^exponent to twice that.
   * @param {number} length
   * @param {number} exponent
   */
  scales(length, exponent) {
    return Float32Array.from({ length }, () => (1 + this.integer(0, 4095) / 4096) * 2 ** exponent);
  }

  /**
   * Floats from -128 to 128, every eighth one special: zeros, ties, infinities, NaN, the format's extremes.
   * @param {number} length
   */
  specialFloats(length) {
    const values = this.floats(length, 8);
    const words = new Uint32Array(values.buffer);
    for (let i = 0; i < length; i++)
      if (this.integer(0, 7) === 0) words[i] = SPECIAL[this.integer(0, SPECIAL.length - 1)];
    return values;
  }
}
