// The synthetic needle test: 64 queries, each near one of 4,096 keys of 128 values, and how far the softmax over a cache's logits is
// from that over exact ones.
//
//   iso       keys are normal
//   outliers  three channels 8 times as large, and 12 added to one
//   biased    keys twice as large, and 140 added to or taken from four channels: norms of 281, as some models have them
//
// Queries are normal with 0.5 of their key, less for `biased`: 0.15 of the key less the mean of all.
import { Random } from '../../lib/statistics';
import { Tensor } from '../../lib/tensor';
import { KvCache } from '../../lib/turboquant';

export const NEEDLE_SETS = ['iso', 'outliers', 'biased'] as const;
export type NeedleSet = (typeof NEEDLE_SETS)[number];

const KEYS = 4096;
const QUERIES = 64;
const DIM = 128;
const FIRST_KEYS = 256;
const FIRST_QUERIES = 16;

export interface NeedleOptions {
  readonly set: NeedleSet;
  readonly bits: number;
  readonly center: boolean;
  readonly balance: boolean;
  /** The mean over so many seeds. */
  readonly seeds: number;
}

export interface NeedleResult extends NeedleOptions {
  /** Kullback-Leibler divergence in nats, of exact weights from those of the cache, a query. */
  readonly divergence: number;
  /** Share of queries whose largest weight stays where it is. */
  readonly top1: number;
}

/** Box and Muller's normal numbers. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

function keysOf(set: NeedleSet, random: Random): Float32Array {
  const keys = Float32Array.from({ length: KEYS * DIM }, () => normal(random));
  if (set === 'iso') return keys;
  const channels = Uint32Array.from({ length: DIM }, (_, i) => i);
  random.shuffle(channels);
  const biases = new Float64Array(DIM);
  if (set === 'outliers') biases[7] = 12;
  else for (const channel of channels.subarray(0, 4)) biases[channel] = random.uniform() < 0.5 ? -140 : 140;
  const factor = (channel: number) => (set === 'biased' ? 2 : channel < 3 ? 8 : 1);
  return keys.map((key, i) => key * factor(i % DIM) + biases[i % DIM]!);
}

function queriesOf(set: NeedleSet, keys: Float32Array, random: Random): Float32Array {
  const mean = new Float64Array(DIM);
  if (set === 'biased') for (let i = 0; i < keys.length; i++) mean[i % DIM]! += keys[i]! / KEYS;
  const share = set === 'biased' ? 0.15 : 0.5;
  const queries = new Float32Array(QUERIES * DIM);
  for (let query = 0; query < QUERIES; query++) {
    const needle = random.integer(KEYS) * DIM;
    for (let j = 0; j < DIM; j++) queries[query * DIM + j] = normal(random) + share * (keys[needle + j]! - mean[j]!);
  }
  return queries;
}

/** softmax of one query's logits, in double. */
function softmax(logits: ArrayLike<number>): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, logits[i]!);
  const weights = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight) => weight / total);
}

function exactLogits(keys: Float32Array, query: Float32Array): Float64Array {
  const logits = new Float64Array(KEYS);
  for (let i = 0; i < KEYS; i++) {
    let sum = 0;
    for (let j = 0; j < DIM; j++) sum += query[j]! * keys[i * DIM + j]!;
    logits[i] = sum / Math.sqrt(DIM);
  }
  return logits;
}

const largestAt = (values: Float64Array): number => values.indexOf(values.reduce((a, b) => Math.max(a, b), -1));

function compare(
  keys: Float32Array,
  queries: Float32Array,
  logits: Float32Array,
): { divergence: number; top1: number } {
  let [divergence, hits] = [0, 0];
  for (let query = 0; query < QUERIES; query++) {
    const exact = softmax(exactLogits(keys, queries.subarray(query * DIM, (query + 1) * DIM)));
    const found = softmax(logits.subarray(query * KEYS, (query + 1) * KEYS));
    for (let i = 0; i < KEYS; i++)
      if (exact[i]! > 0) divergence += exact[i]! * (Math.log(exact[i]!) - Math.log(found[i]! + 1e-300));
    hits += largestAt(exact) === largestAt(found) ? 1 : 0;
  }
  return { divergence: divergence / QUERIES, top1: hits / QUERIES };
}

function runSeed({ set, bits, center, balance }: NeedleOptions, seed: number): { divergence: number; top1: number } {
  const random = new Random(seed, 20);
  const keys = keysOf(set, random);
  const queries = queriesOf(set, keys, random);
  const cache = new KvCache({
    ...{ layers: 1, kvHeads: 1, headDim: DIM, window: 0, sinks: 0, seed, balance },
    ...{ keys: { bits }, values: { bits: 1 } },
    center: center ? { after: FIRST_KEYS } : false,
  });
  const rows = (data: Float32Array, count: number) =>
    new Tensor('float32', data.subarray(0, count * DIM), [count, 1, DIM]);
  if (center || balance) cache.calibrate(0, rows(keys, FIRST_KEYS), rows(queries, FIRST_QUERIES));
  cache.append(0, rows(keys, KEYS), Tensor.zeros('float32', [KEYS, 1, DIM]));
  return compare(keys, queries, cache.logits(0, rows(queries, QUERIES), { causal: false }).data);
}

export function runNeedle(options: NeedleOptions): NeedleResult {
  const runs = Array.from({ length: options.seeds }, (_, seed) => runSeed(options, seed));
  const mean = (of: (run: { divergence: number; top1: number }) => number) =>
    runs.reduce((all, run) => all + of(run), 0) / runs.length;
  return { ...options, divergence: mean((run) => run.divergence), top1: mean((run) => run.top1) };
}
