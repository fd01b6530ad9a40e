// Vectors of independent normal values from a seed.
import { Tensor } from '../../../lib';

/** Uniform on [0, 1), by mulberry32. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normal values, by Box and Muller's method. */
export function normal(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

export function normalVectors(seed: number, count: number, dim: number): Tensor<'float32'> {
  const next = normal(seed);
  return new Tensor('float32', Float32Array.from({ length: count * dim }, next), [count, dim]);
}

/** The same, each of length 1. */
export function unitVectors(seed: number, count: number, dim: number): Tensor<'float32'> {
  const vectors = normalVectors(seed, count, dim);
  for (let row = 0; row < count; row++) {
    const vector = vectors.data.subarray(row * dim, (row + 1) * dim);
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    for (let i = 0; i < dim; i++) vector[i]! /= length;
  }
  return vectors;
}
