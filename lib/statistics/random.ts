// Seeded random numbers that are the same on every platform: only 32-bit integer operations, +, × and ÷,
// whose results the language fixes to the last bit.

/** Gives each of several integers a say in every bit of a 32-bit state (the finalizer of MurmurHash3). */
function mix(state: number, value: number): number {
  let h = (state ^ value) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** The generator xoshiro128**, seeded with any number of integers. */
export class Random {
  private readonly state = new Int32Array(4);

  /** @param seeds integers; different lists give unrelated sequences. Values beyond 32 bits count in full up to 2^53. */
  constructor(...seeds: number[]) {
    let hash = 0x9e3779b9;
    for (const seed of seeds) {
      hash = mix(hash, seed >>> 0);
      hash = mix(hash + 1, Math.floor(seed / 2 ** 32) >>> 0);
    }
    for (let i = 0; i < 4; i++) {
      hash = mix(hash + 0x6d2b79f5, i + 1);
      this.state[i] = hash;
    }
    this.state[0] = (this.state[0] ?? 0) | 1; // never all zero
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const s = this.state as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11);
    return result;
  }

  /** A number in [min, max). */
  uniform(min = 0, max = 1): number {
    return min + (max - min) * (this.next() / 2 ** 32);
  }

  /** An integer from 0 to n - 1. */
  integer(n: number): number {
    return Math.floor(this.uniform(0, n));
  }

  /** Nearly normal with mean 0 and variance 1, within ±3.47: the sum of four uniform numbers. */
  normal(): number {
    const sum = this.uniform() + this.uniform() + this.uniform() + this.uniform();
    return (sum - 2) * Math.sqrt(3);
  }

  /** Shuffles in place (Fisher-Yates). */
  shuffle(values: Uint32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = values[i] ?? 0;
      values[i] = values[j] ?? 0;
      values[j] = kept;
    }
  }
}
