// Prints the figures of docs/turboquant.md: distortion, products and updates of TurboQuant's codes, beside what theory says.
// Usage: node scripts/turboquant_figures.mjs, after npm run build and npx tsc -p .
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Tensor } = require('../dist/lib');
const {
  encodeUpdate,
  meanOfUpdates,
  SCALE_KINDS,
  TurboQuant,
  TurboQuantProd,
  updateSeed,
} = require('../dist/lib/turboquant');

const [DIM, COUNT, SEEDS] = [128, 20_000, [1, 2, 3, 4, 5, 6]];

/** Normal values from a seed: mulberry32, and Box and Muller's method. */
function normal(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

const rowsOf = ({ data, dims: [count, dim] }) =>
  Array.from({ length: count }, (_, row) => data.subarray(row * dim, (row + 1) * dim));
const dot = (a, b) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

function makeUnit(vectors) {
  for (const row of rowsOf(vectors)) {
    const length = Math.sqrt(dot(row, row));
    for (let i = 0; i < row.length; i++) row[i] /= length;
  }
  return vectors;
}

const unitVectors = (seed, count, dim) =>
  makeUnit(new Tensor('float32', Float32Array.from({ length: count * dim }, normal(seed)), [count, dim]));

/** Unit vectors whose products with those of x are about 1/2. */
function relatedTo(x, seed) {
  const other = unitVectors(seed, ...x.dims);
  for (let i = 0; i < x.data.length; i++) other.data[i] = 0.5 * x.data[i] + Math.sqrt(0.75) * other.data[i];
  return makeUnit(other);
}

/** |x - decoded|² / |x|² of all vectors. */
function distortion(x, decoded) {
  let [error, square] = [0, 0];
  for (const [i, value] of x.data.entries()) {
    error += (value - decoded[i]) ** 2;
    square += value ** 2;
  }
  return error / square;
}

/** Slope of estimates over products of rows with their queries, and the squared error of estimates times dim. */
function productFigures(x, queries, estimateOf) {
  const [rows, others] = [rowsOf(x), rowsOf(queries)];
  let [along, square, error] = [0, 0, 0];
  for (const [row, vector] of rows.entries()) {
    const [product, estimate] = [dot(vector, others[row]), estimateOf(row, others[row])];
    along += estimate * product;
    square += product ** 2;
    error += (estimate - product) ** 2;
  }
  return [along / square, (error / rows.length) * x.dims[1]];
}

/** The means of what `measure` gives for every seed. */
function averaged(measure) {
  const found = SEEDS.map((seed) => {
    const x = unitVectors(100 + seed, COUNT, DIM);
    return measure(x, relatedTo(x, 200 + seed), seed);
  });
  return found[0].map((_, i) => found.reduce((sum, values) => sum + values[i], 0) / found.length);
}

function codesOf(bits, scale) {
  return averaged((x, queries, seed) => {
    const codec = new TurboQuant({ dim: DIM, bits, scale, seed });
    const decoded = codec.decode(codec.encode(x));
    const rows = rowsOf(decoded);
    return [distortion(x, decoded.data), ...productFigures(x, queries, (row, query) => dot(rows[row], query))];
  });
}

/** TurboQuant_prod, in parts whose scores fit into memory. */
function prodOf(bits, matrix) {
  const part = 500;
  const figures = SEEDS.map((seed) => {
    const codec = new TurboQuantProd({ dim: DIM, bits, matrix, seed });
    const sums = [0, 0];
    for (let first = 0; first < 4; first++) {
      const x = unitVectors(1000 * seed + first, part, DIM);
      const queries = relatedTo(x, 5000 * seed + first);
      const scores = codec.score(codec.encode(x), queries).data;
      const found = productFigures(x, queries, (row) => scores[row * part + row]);
      for (const i of [0, 1]) sums[i] += found[i] / 4;
    }
    return sums;
  });
  return [0, 1].map((i) => figures.reduce((sum, values) => sum + values[i], 0) / figures.length);
}

const print = (...cells) => console.log(`| ${cells.join(' | ')} |`);
const show = (value) => value.toPrecision(4);

console.log(
  `${COUNT} unit vectors of ${DIM}, ${SEEDS.length} seeds: error, slope of products, error of products times ${DIM}\n`,
);
print('bits', ...SCALE_KINDS, 'prod, Gaussian S', 'prod, orthogonal S');
print(...Array(7).fill('---'));
for (const bits of [1, 2, 3, 4]) {
  const codes = SCALE_KINDS.map((scale) => codesOf(bits, scale).map(show).join(', '));
  const sketches = ['gaussian', 'orthogonal'].map((matrix) => prodOf(bits, matrix).map(show).join(', '));
  print(bits, ...codes, ...sketches);
}

console.log('\nError of 4 bits, minMse, by dim: normal vectors, one coordinate alone, two alone, decaying ones\n');
print('dim', 'normal', 'one', 'two', 'decaying');
print(...Array(5).fill('---'));
for (const dim of [64, 128, 200, 768, 1000, 1536, 4096]) {
  const random = normal(dim);
  const kinds = [
    () => random(),
    (row, i) => (i === (row * 7) % dim ? 1 : 0),
    (row, i) => (i === (row * 5) % (dim >> 1) ? 1 : i === (dim >> 1) + ((row * 3) % (dim >> 1)) ? -1 : 0),
    (_, i) => random() * Math.exp((-i * 40) / dim),
  ];
  const errors = kinds.map((valueAt) => {
    const x = Float32Array.from({ length: 200 * dim }, (_, at) => valueAt(Math.floor(at / dim), at % dim));
    const found = SEEDS.map((seed) => {
      const codec = new TurboQuant({ dim, bits: 4, scale: 'minMse', seed });
      const vectors = new Tensor('float32', x, [200, dim]);
      return distortion(vectors, codec.decode(codec.encode(vectors)).data);
    });
    return found.reduce((sum, value) => sum + value, 0) / found.length;
  });
  print(dim, ...errors.map(show));
}

console.log('\nUpdates of 1,024 values: error of one client, of the mean of 200, and of that with biased codes\n');
print('bits', 'one', 'mean of 200', 'biased, mean of 200');
print(...Array(4).fill('---'));
const update = unitVectors(9, 1, 1024);
for (const bits of [1, 2, 4]) {
  const all = Array.from({ length: 200 }, (_, client) =>
    encodeUpdate(update.data, { bits, seed: updateSeed(client, bits) }),
  );
  const one = all.reduce((sum, codes) => sum + distortion(update, meanOfUpdates([codes], 1024)), 0) / 200;
  const biased = new Float32Array(1024);
  for (const { format } of all) {
    const codec = new TurboQuant({ ...format, scale: 'minMse' });
    for (const [i, value] of codec.decode(codec.encode(update)).data.entries()) biased[i] += value / 200;
  }
  print(bits, ...[one, distortion(update, meanOfUpdates(all, 1024)), distortion(update, biased)].map(show));
}
