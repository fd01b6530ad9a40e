// The work of `octavo index bench`.
import { anisotropicVectors, type VectorSet } from '../../bench/vector_index/anisotropic';
import {
  type IndexFigures,
  measureIndexes,
  measureScans,
  type ScanFigures,
} from '../../bench/vector_index/measure_index';
import { withDataFile } from '../data_files';
import { fileError } from '../files/file_access';
import { runtime } from '../runtime';
import type { Metric } from '../turboquant';
import { readVectors, vectorsIn } from '../turboquant/vector_index/vector_file';
import { startProgress } from './progress';
import { formatTable } from './text_table';

export interface IndexBenchFlags {
  readonly queries?: string;
  readonly metric: Metric;
  readonly tensor?: string;
  readonly scan?: number;
  readonly json?: boolean;
}

/** The synthetic set: the smallest on which published figures exist. */
const [DIM, COUNT, QUERIES] = [256, 20_000, 300];

interface Loaded {
  readonly dim: number;
  readonly values: Float32Array;
}

function load(file: string, tensor: string | undefined): Promise<Loaded> {
  return withDataFile(file, {}, async (tensors) => {
    const stored = vectorsIn(file, tensors, tensor);
    return { dim: stored.dims[1]!, values: await readVectors(stored) };
  });
}

/** Vectors of files; without queries every n-th vector is one, and not in the index. */
async function loadSet(file: string, flags: IndexBenchFlags): Promise<VectorSet> {
  const { dim, values } = await load(file, flags.tensor);
  const count = values.length / dim;
  if (count < 20) throw fileError(file, `it has ${count} vectors, expected 20 or more`);
  if (flags.queries !== undefined) {
    const queries = await load(flags.queries, undefined);
    if (queries.dim !== dim)
      throw fileError(flags.queries, `vectors of ${queries.dim} values, those of ${file} have ${dim}`);
    return { dim, base: values, queries: queries.values };
  }
  const every = Math.max(10, Math.floor(count / 500));
  const rowsWhere = (wanted: boolean) => {
    const rows = Array.from({ length: count }, (_, row) => row).filter((row) => (row % every === 0) === wanted);
    const taken = new Float32Array(rows.length * dim);
    for (const [i, row] of rows.entries()) taken.set(values.subarray(row * dim, (row + 1) * dim), i * dim);
    return taken;
  };
  return { dim, base: rowsWhere(false), queries: rowsWhere(true) };
}

const recallTable = (figures: readonly IndexFigures[]): string =>
  formatTable(
    ['bits', 'bytes', 'recall', 'reranked', 'add', 'queries/s', 'in a batch'],
    figures.map(
      ({ bits, bytesPerVector, recall, reranked, microsecondsToAdd, queriesPerSecond: { single, batch } }) => [
        String(bits),
        String(bytesPerVector),
        recall.toFixed(3),
        reranked.toFixed(3),
        `${microsecondsToAdd.toFixed(2)} us`,
        single.toFixed(0),
        batch.toFixed(0),
      ],
    ),
  );

const scanTable = (figures: readonly ScanFigures[]): string =>
  formatTable(
    ['bits', 'queries', 'a vector'],
    figures.map(({ bits, queries, nanoseconds }) => [String(bits), String(queries), `${nanoseconds.toFixed(2)} ns`]),
  );

export async function benchIndex(file: string | undefined, flags: IndexBenchFlags): Promise<void> {
  const progress = startProgress(!flags.json);
  try {
    const set = file === undefined ? anisotropicVectors(DIM, COUNT, QUERIES) : await loadSet(file, flags);
    const figures = measureIndexes(set, flags.metric, (bits, done) => progress.update(`measuring ${bits}`, done));
    const scans = flags.scan === undefined ? [] : measureScans(flags.scan, (step, done) => progress.update(step, done));
    progress.stop();
    const { dim, base, queries } = set;
    const [vectors, asked] = [base.length / dim, queries.length / dim];
    const report = { isa: runtime.isa, metric: flags.metric, dim, vectors, queries: asked, figures, scans };
    if (flags.json) return void process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    const title = `${file ?? 'synthetic'}: ${vectors} vectors of ${dim} values, ${asked} queries, ${flags.metric}, ${runtime.isa}, one thread`;
    process.stdout.write(
      `${title}\nrecall of 10 among 10, and after exact scores of the best 50\n\n${recallTable(figures)}`,
    );
    if (scans.length > 0)
      process.stdout.write(
        `\n${flags.scan} vectors of 768 values from memory, time for a vector and a query\n\n${scanTable(scans)}`,
      );
  } finally {
    progress.stop();
  }
}
