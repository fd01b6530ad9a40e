// Recall and speed of VectorIndex beside usearch's exact search and simsimd's distances, at about equal bytes, on one thread:
//   node scripts/vector_index_peers.mjs base.npy queries.npy
// where usearch and simsimd are installed for the folder that it runs in. Cosines; recall of 10 among 10.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { runtime } from '../dist/lib/index.js';
import { VectorIndex } from '../dist/lib/turboquant/index.js';

const K = 10;
const ROUNDS = 5;
const [baseFile, queryFile] = process.argv.slice(2);
const requireHere = createRequire(path.join(process.cwd(), 'here.js'));
const { exactSearch, MetricKind } = requireHere('usearch');
const { cosine, hamming } = requireHere('simsimd');
runtime.threads = 1;

/** Float32 values [count, dim] of a version 1 NPY file. */
function readNpy(file) {
  const bytes = fs.readFileSync(file);
  const start = 10 + bytes.readUInt16LE(8);
  const [, dim] = /'shape': \(\d+, (\d+)\)/.exec(bytes.toString('latin1', 10, start)) ?? [];
  if (dim === undefined || !bytes.includes("'<f4'")) throw new Error(`${file}: expected float32 [count, dim]`);
  return { dim: Number(dim), values: new Float32Array(bytes.buffer.slice(bytes.byteOffset + start)) };
}

const { dim, values: base } = readNpy(baseFile);
const { values: queries } = readNpy(queryFile);
const count = queries.length / dim;
const rowsOf = (values, length = dim) =>
  Array.from({ length: values.length / length }, (_, i) => values.subarray(i * length, (i + 1) * length));

/** Each vector by its largest magnitude. */
function toInt8(values) {
  const out = new Int8Array(values.length);
  for (const [i, row] of rowsOf(values).entries()) {
    const most = row.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    for (let j = 0; j < dim; j++) out[i * dim + j] = Math.round((row[j] / most) * 127);
  }
  return out;
}

const toBits = (values) =>
  Uint8Array.from({ length: values.length / 8 }, (_, i) =>
    values.subarray(8 * i, 8 * i + 8).reduce((byte, value, j) => byte | (Number(value > 0) << j), 0),
  );

/** The nearest by a loop over calls of a distance. */
function loop(data, asked, distance = cosine, length = dim) {
  const rows = rowsOf(data, length);
  return rowsOf(asked, length).flatMap((query) => {
    const distances = Float64Array.from(rows, (row) => distance(query, row));
    return [...distances.keys()].sort((a, b) => distances[a] - distances[b]).slice(0, K);
  });
}

function usearch(data, asked, values, metric) {
  const found = exactSearch(data, asked, values, K, metric, 1);
  return [...found.keys].map(Number);
}

function octavo(bits) {
  const index = new VectorIndex({ dim, bits, metric: 'cosine' });
  index.add(base);
  return () => index.search(queries, K).ids;
}

const [bytes, askedBytes, signs, askedSigns] = [toInt8(base), toInt8(queries), toBits(base), toBits(queries)];
const contestants = [
  ['octavo float32', 4 * dim, octavo('float32')],
  ['usearch exact float32', 4 * dim, () => usearch(base, queries, dim, MetricKind.Cos)],
  ['simsimd float32 in a loop', 4 * dim, () => loop(base, queries)],
  ['octavo int8', dim + 4, octavo('int8')],
  ['octavo 8 bits', dim + 4, octavo(8)],
  ['usearch exact int8', dim, () => usearch(bytes, askedBytes, dim, MetricKind.Cos)],
  ['simsimd int8 in a loop', dim, () => loop(bytes, askedBytes)],
  ['octavo 4 bits', dim / 2 + 4, octavo(4)],
  ['octavo 2 bits', dim / 4 + 4, octavo(2)],
  ['octavo 1 bit', dim / 8 + 4, octavo(1)],
  ['simsimd 1 bit in a loop', dim / 8, () => loop(signs, askedSigns, hamming, dim / 8)],
];

const exact = contestants[0][2]();
const best = new Map();
for (let round = 0; round < ROUNDS; round++)
  for (const [name, , run] of contestants) {
    const start = performance.now();
    run();
    best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, performance.now() - start));
  }
process.stdout.write(`${base.length / dim} vectors of ${dim} values, ${count} queries at once, ${runtime.isa}\n`);
for (const [name, size, run] of contestants) {
  const found = run();
  let hits = 0;
  for (let q = 0; q < count; q++) {
    const wanted = new Set(exact.slice(q * K, (q + 1) * K));
    for (let i = 0; i < K; i++) hits += Number(wanted.has(found[q * K + i]));
  }
  const recall = (hits / (count * K)).toFixed(3);
  const speed = (1e3 * count) / best.get(name);
  process.stdout.write(
    `${name.padEnd(28)}${String(size).padStart(5)} bytes  recall ${recall}  ${speed.toFixed(0)} queries/s\n`,
  );
}
