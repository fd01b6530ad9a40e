// Recall and speed of indexes, on one thread.
import { runtime } from '../../lib/index';
import { type IndexBits, type Metric, VectorIndex } from '../../lib/turboquant';
import { normalSource, type VectorSet } from './anisotropic';

/** In the order of the tables; the first one is exact. */
export const MEASURED_BITS = ['float32', 'int8', 1, 2, 3, 4, 5, 6, 8] as const satisfies readonly IndexBits[];
const [K, RERANK, ROUNDS] = [10, 5, 3];

export interface IndexFigures {
  readonly bits: IndexBits;
  /** Of a vector: rows and their scales. */
  readonly bytesPerVector: number;
  /** How many of the exact 10 are among the 10 found, on average. */
  readonly recall: number;
  /** The same after exact scores for the best 50. */
  readonly reranked: number;
  readonly microsecondsToAdd: number;
  readonly queriesPerSecond: { readonly single: number; readonly batch: number };
}

/** The best of some rounds, in seconds. */
function secondsOf(run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    run();
    best = Math.min(best, (performance.now() - start) / 1e3);
  }
  return best;
}

function onOneThread<T>(run: () => T): T {
  const before = runtime.threads;
  runtime.threads = 1;
  try {
    return run();
  } finally {
    runtime.threads = before;
  }
}

export function recallOf(found: Float64Array, exact: Float64Array, k: number): number {
  let hits = 0;
  for (let from = 0; from < exact.length; from += k) {
    const wanted = new Set(exact.subarray(from, from + k));
    for (const id of found.subarray(from, from + k)) hits += Number(wanted.has(id));
  }
  return hits / exact.length;
}

function figuresOf(
  { dim, base, queries }: VectorSet,
  bits: IndexBits,
  metric: Metric,
  exact: Float64Array,
): IndexFigures {
  const [index, count] = [new VectorIndex({ dim, bits, metric, keep: 'float32' }), queries.length / dim];
  const added = secondsOf(() => void new VectorIndex({ dim, bits, metric }).add(base));
  index.add(base);
  const batch = secondsOf(() => void index.search(queries, K));
  const few = Math.min(count, 50);
  const single = secondsOf(() => {
    for (let q = 0; q < few; q++) index.search(queries.subarray(q * dim, (q + 1) * dim), K);
  });
  const rows = typeof bits === 'number' ? Math.ceil((bits * dim) / 8) + 4 : bits === 'int8' ? dim + 4 : 4 * dim;
  return {
    bits,
    bytesPerVector: rows + (metric === 'l2' ? 4 : 0),
    recall: recallOf(index.search(queries, K).ids, exact, K),
    reranked: recallOf(index.search(queries, K, { rerank: RERANK }).ids, exact, K),
    microsecondsToAdd: (added * 1e6 * dim) / base.length,
    queriesPerSecond: { single: few / single, batch: count / batch },
  };
}

/** Figures of every width, one after the other. */
export function measureIndexes(
  set: VectorSet,
  metric: Metric,
  onStep: (bits: IndexBits, done: number) => void = () => {},
): IndexFigures[] {
  return onOneThread(() => {
    const exactIndex = new VectorIndex({ dim: set.dim, bits: 'float32', metric });
    exactIndex.add(set.base);
    const exact = exactIndex.search(set.queries, K, { rerank: RERANK }).ids;
    return MEASURED_BITS.map((bits, i) => {
      onStep(bits, i / MEASURED_BITS.length);
      return figuresOf(set, bits, metric, exact);
    });
  });
}

export interface ScanFigures {
  readonly bits: IndexBits;
  readonly queries: number;
  /** Of a query and a vector. */
  readonly nanoseconds: number;
}

const SCANNED_BITS = [2, 4, 'int8', 'float32'] as const;
const BATCHES = [1, 8, 64];

/** Scans of `count` vectors of 768 random values, contestants taking turns; the vectors are larger than the caches. */
export function measureScans(count: number, onStep: (step: string, done: number) => void = () => {}): ScanFigures[] {
  const [dim, window] = [768, 10_000];
  const normal = normalSource(7);
  const values = Float32Array.from({ length: window * dim }, normal);
  return onOneThread(() => {
    const indexes = SCANNED_BITS.map((bits, i) => {
      onStep(`adding, ${bits}`, i / (SCANNED_BITS.length + 1));
      const index = new VectorIndex({ dim, bits });
      for (let left = count; left > 0; left -= window) index.add(values.subarray(0, Math.min(left, window) * dim));
      return index;
    });
    onStep('scanning', SCANNED_BITS.length / (SCANNED_BITS.length + 1));
    const best = new Map<string, ScanFigures>();
    for (let round = 0; round < ROUNDS; round++)
      for (const queries of BATCHES)
        for (const [i, bits] of SCANNED_BITS.entries()) {
          const start = performance.now();
          indexes[i]!.search(values.subarray(0, queries * dim), K);
          const nanoseconds = ((performance.now() - start) * 1e6) / (queries * count);
          const name = `${bits} ${queries}`;
          if (nanoseconds < (best.get(name)?.nanoseconds ?? Number.POSITIVE_INFINITY))
            best.set(name, { bits, queries, nanoseconds });
        }
    return [...best.values()];
  });
}
