// Seeded inputs: every run of the suite computes on the same values.

/** A generator of 32-bit integers (mulberry32); equal seeds give equal sequences. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** `count` values over the full range of int8, -128 to 127. */
export function randomInt8(count: number, seed: number): Int8Array {
  return new Int8Array(randomUint8(count, seed).buffer, 0, count);
}

/** `count` values over the full range of uint8, 0 to 255. */
export function randomUint8(count: number, seed: number): Uint8Array<ArrayBuffer> {
  const next = createRandom(seed);
  const words = new Uint32Array(Math.ceil(count / 4));
  for (let i = 0; i < words.length; i++) words[i] = next();
  return new Uint8Array(words.buffer, 0, count);
}

/** `count` float32 values, uniform in [-1, 1). */
export function randomFloat32(count: number, seed: number): Float32Array {
  const next = createRandom(seed);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = next() / 2 ** 31 - 1;
  return values;
}
