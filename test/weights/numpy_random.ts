// The numbers of numpy.random.default_rng(11): PCG64, and normal numbers by its ziggurat. What numpy computed with them can be
// computed again.

const MULTIPLIER = 47026247687942121848144207491837523525n;
const MASK = (1n << 128n) - 1n;
const SEED_11 = { state: 142231634183583599241308901332361415022n, increment: 7937318808080196428804369945471644491n };

/** Layers of the ziggurat: 256 of one area, the last with the tail beyond R. */
const R = 3.6541528853610088;
const AREA = 0.004928673233974655;
const density = (x: number): number => Math.exp(-0.5 * x * x);

function layers() {
  const x = new Float64Array(257);
  x[256] = AREA / density(R);
  x[255] = R;
  for (let i = 254; i > 0; i--) x[i] = Math.sqrt(-2 * Math.log(AREA / x[i + 1]! + density(x[i + 1]!)));
  return x;
}

const X = layers();

export class NumpyRandom {
  #state = SEED_11.state;

  /** 64 bits: the upper 53 of them as `high`, and the lower 32. */
  #next(): bigint {
    this.#state = (this.#state * MULTIPLIER + SEED_11.increment) & MASK;
    const folded = BigInt.asUintN(64, (this.#state >> 64n) ^ this.#state);
    const turn = this.#state >> 122n;
    return BigInt.asUintN(64, (folded >> turn) | (folded << (64n - turn)));
  }

  /** In [0, 1). */
  random(): number {
    return Number(this.#next() >> 11n) / 2 ** 53;
  }

  normal(): number {
    for (;;) {
      const bits = this.#next();
      const low = Number(bits & 0x1ffn);
      const [layer, sign] = [low & 255, low >> 8 === 0 ? 1 : -1];
      const magnitude = Number((bits >> 9n) & 0xfffffffffffffn) / 2 ** 52;
      // Layer 0 is the widest, with the tail; then they are counted from the top.
      const width = layer === 0 ? X[256]! : X[layer]!;
      const x = magnitude * width;
      if (magnitude < (layer === 0 ? R / width : X[layer - 1]! / width)) return sign * x;
      if (layer === 0) {
        const tail = this.#tail();
        return (Number(bits >> 17n) & 1) === 0 ? tail : -tail;
      }
      const [upper, lower] = [density(X[layer - 1]!), density(width)];
      if ((upper - lower) * this.random() + lower < density(x)) return sign * x;
    }
  }

  #tail(): number {
    for (;;) {
      const beyond = -Math.log1p(-this.random()) / R;
      const y = -Math.log1p(-this.random());
      if (y + y > beyond * beyond) return R + beyond;
    }
  }

  normals(count: number): Float64Array {
    return Float64Array.from({ length: count }, () => this.normal());
  }

  /** exp of normal numbers. */
  lognormals(count: number): Float64Array {
    return this.normals(count).map(Math.exp);
  }
}
