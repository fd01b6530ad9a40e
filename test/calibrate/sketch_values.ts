// Random data of every kind that a sketch may meet.
import type { Random } from '../reference/random';

type Fill = (random: Random, length: number) => Float32Array;

const from = (length: number, value: (i: number) => number) => Float32Array.from({ length }, (_, i) => value(i));

/** Any magnitude that float32 has, subnormal ones included, with few bits or all of them. */
const anyMagnitude: Fill = (random, length) =>
  from(length, () => (random.next() - 0.5) * 2 ** random.integer(-150, 128));

const KINDS: readonly Fill[] = [
  (random, length) => random.float32(length, 4),
  (random, length) => random.anyFloat32(length),
  anyMagnitude,
  (random, length) => random.float32(length, 2 ** random.integer(-149, 127)),
  (random, length) => from(length, () => Math.exp(-80 * random.next())), // as of a softmax
  (random, length) => from(length, () => Math.max(0, random.next() - 0.5)), // as behind a ReLU
  (random, length) => from(length, () => random.pick([0, -0])),
  (random, length) => new Float32Array(length).fill(random.float32(1, 100)[0]!),
  (random, length) => from(length, () => random.pick([-1, 1]) * 2 ** random.integer(-149, 127)),
  (random, length) => from(length, (i) => (i === length >> 1 ? 3e38 : random.next() * 1e-3)),
  (random, length) =>
    from(length, () => random.pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, random.next()])),
  (_, length) => new Float32Array(length).fill(3.4028234663852886e38),
];

export function sketchValues(random: Random, length: number): Float32Array {
  return random.pick(KINDS)(random, length);
}

/** The values cut at random places. */
export function inBatches(random: Random, values: Float32Array): Float32Array[] {
  const batches: Float32Array[] = [];
  for (let at = 0; at < values.length; ) {
    const end = Math.min(values.length, at + random.integer(1, Math.max(1, values.length >> random.integer(0, 4))));
    batches.push(values.subarray(at, end));
    at = end;
  }
  return batches;
}

/** The values in another order. */
export function shuffled(random: Random, values: Float32Array): Float32Array {
  const mixed = values.slice();
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}
