// Numbers on [0, 1) from a seed.

const GAMMA = 0x9e3779b97f4a7c15n;

/** The upper 53 bits of SplitMix64's words (Steele, Lea, Flood 2014), over 2^53. */
export function uniformNumbers(seed: bigint): () => number {
  let state = seed;
  return () => {
    state = BigInt.asUintN(64, state + GAMMA);
    let z = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return Number((z ^ (z >> 31n)) >> 11n) / 2 ** 53;
  };
}
