// The papers' estimators as they measure: their error, and where they stand beside codes with a scale of their own.
import { beforeAll, describe, expect, it } from 'vitest';
import { matmulFloat32, Tensor } from '../../../lib';
import { PolarQuant, Qjl, type SketchMatrix, TurboQuant, TurboQuantProd } from '../../../lib/turboquant';
import { angleLevels } from '../../../lib/turboquant/papers/angle_levels';
import { normal, normalVectors, unitVectors } from '../codec/normal_vectors';

const DIM = 128;
const COUNT = 400;

type Estimate = (x: Tensor<'float32'>, queries: Tensor<'float32'>, seed: number) => Tensor<'float32'>;

/** Queries of length 1 whose product with the vector of the same row is about 1/2. */
function relatedQueries(x: Tensor<'float32'>, seed: number): Tensor<'float32'> {
  const queries = unitVectors(seed, COUNT, DIM);
  for (let i = 0; i < queries.data.length; i++) queries.data[i] = 0.5 * x.data[i]! + Math.sqrt(0.75) * queries.data[i]!;
  return queries;
}

const products = (x: Tensor<'float32'>, queries: Tensor<'float32'>): Float32Array =>
  Float32Array.from({ length: COUNT }, (_, row) => {
    let sum = 0;
    for (let i = row * DIM; i < (row + 1) * DIM; i++) sum += x.data[i]! * queries.data[i]!;
    return sum;
  });

/** Slope of estimates over products, and their squared error times dim, of rows with their queries and several seeds. */
function measure(estimate: Estimate): { slope: number; error: number } {
  let [along, square, error] = [0, 0, 0];
  const seeds = [1, 2, 3, 4];
  for (const seed of seeds) {
    const x = unitVectors(10 + seed, COUNT, DIM);
    const queries = relatedQueries(x, 20 + seed);
    const found = estimate(x, queries, seed).data;
    for (const [row, product] of products(x, queries).entries()) {
      const value = found[row * COUNT + row]!;
      along += value * product;
      square += product * product;
      error += (value - product) ** 2;
    }
  }
  return { slope: along / square, error: (error * DIM) / (COUNT * seeds.length) };
}

const prod =
  (bits: number, matrix: SketchMatrix): Estimate =>
  (x, queries, seed) => {
    const codec = new TurboQuantProd({ dim: DIM, bits, matrix, seed });
    return codec.score(codec.encode(x), queries);
  };
const unbiased =
  (bits: number): Estimate =>
  (x, queries, seed) => {
    const codec = new TurboQuant({ dim: DIM, bits, scale: 'unbiased', seed });
    return codec.score(codec.encode(x), queries);
  };

describe.each([
  [1, 0.4287, 1.322, 0.443],
  [2, 0.0983, 0.53, 0.188],
  [3, 0.026, 0.177, 0.064],
])('%i bits', (bits, ofCodes, ofGaussian, ofOrthogonal) => {
  it('products of all three are unbiased; codes have the least error, then orthogonal sketches, then Gaussian ones', () => {
    const [codes, gaussian, orthogonal] = [
      measure(unbiased(bits)),
      measure(prod(bits, 'gaussian')),
      measure(prod(bits, 'orthogonal')),
    ];
    for (const { slope } of [codes, gaussian, orthogonal]) expect(Math.abs(slope - 1)).toBeLessThan(0.02);
    // 1,600 squared errors: a mean within 4 % or so.
    expect(codes.error / ofCodes).toBeCloseTo(1, 0.7);
    expect(gaussian.error / ofGaussian).toBeCloseTo(1, 0.7);
    expect(orthogonal.error / ofOrthogonal).toBeCloseTo(1, 0.7);
    if (bits > 1) expect(codes.error).toBeLessThan(0.7 * orthogonal.error);
    expect(orthogonal.error).toBeLessThan(0.5 * gaussian.error);
  });
});

it('QJL has the variance that its formula says, and is right on average', () => {
  const [dim, rows, sketches] = [32, 64, 600];
  const pair = normalVectors(3, 2, dim);
  const [key, query] = [0, 1].map(
    (row) => new Tensor('float32', pair.data.slice(row * dim, (row + 1) * dim), [1, dim]),
  );
  const square = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
  const product = key!.data.reduce((sum, value, i) => sum + value * query!.data[i]!, 0);
  let [mean, variance] = [0, 0];
  for (let seed = 0; seed < sketches; seed++) {
    const qjl = new Qjl({ dim, rows, seed });
    const found = qjl.estimate(qjl.sketch(key!), query!).data[0]!;
    mean += found / sketches;
    variance += (found - product) ** 2 / sketches;
  }
  const expected = ((Math.PI / 2) * square(key!.data) * square(query!.data) - product ** 2) / rows;
  expect(variance / expected).toBeGreaterThan(0.82);
  expect(variance / expected).toBeLessThan(1.18);
  expect(Math.abs(mean - product)).toBeLessThan(4 * Math.sqrt(expected / sketches));
});

describe('PolarQuant', () => {
  const levels = [
    [0.309757, 0.63398, 0.936813, 1.261037],
    [0.426251, 0.674385, 0.896408, 1.144543],
    [0.524215, 0.705909, 0.864884, 1.046578],
  ];
  it.each([2, 3, 4])('the angles of level %i have their levels', (level) => {
    for (const [i, angle] of angleLevels(level, 2).entries()) expect(angle).toBeCloseTo(levels[level - 2]![i]!, 4);
  });

  it('with 3.875 bits has the error of 3 bits, and more than twice that of 4', () => {
    const x = normalVectors(4, 1500, DIM);
    const error = (decoded: Float32Array) =>
      x.data.reduce((sum, value, i) => sum + (value - decoded[i]!) ** 2, 0) / x.data.length;
    const polar = new PolarQuant({ dim: DIM, seed: 2 });
    expect(polar.bitsPerValue).toBe(3.875);
    const found = error(polar.decode(polar.encode(x)).data);
    expect(found / 0.032082).toBeCloseTo(1, 1.5);
    const codes = [3, 4].map((bits) => {
      const codec = new TurboQuant({ dim: DIM, bits, scale: 'minMse', seed: 2 });
      return error(codec.decode(codec.encode(x)).data);
    });
    expect(found / codes[0]!).toBeGreaterThan(0.9);
    expect(found / codes[1]!).toBeGreaterThan(2);
  });
});

describe('attention over 1,024 keys of 3 bits', () => {
  const [keys, queries] = [normalVectors(6, 1024, DIM), normalVectors(7, 32, DIM)];
  beforeAll(() => {
    const next = normal(8);
    for (let row = 0; row < 32; row++) {
      const key = Math.floor(Math.abs(next()) * 1000) % 1024;
      for (let i = 0; i < DIM; i++) queries.data[row * DIM + i]! += 0.5 * keys.data[key * DIM + i]!;
    }
  });

  const softmax = (logits: Float32Array): Float64Array => {
    const most = logits.reduce((a, b) => Math.max(a, b));
    const terms = Float64Array.from(logits, (value) => Math.exp((value - most) / Math.sqrt(DIM)));
    const sum = terms.reduce((a, b) => a + b);
    return terms.map((term) => term / sum);
  };
  /** Mean KL divergence of the queries' weights. */
  function divergence(scores: Float32Array): number {
    const columns = Float32Array.from(keys.data, (_, at) => keys.data[(at % 1024) * DIM + Math.floor(at / 1024)]!);
    const exact = matmulFloat32(queries, new Tensor('float32', columns, [DIM, 1024])).data;
    let sum = 0;
    for (let row = 0; row < 32; row++) {
      const [p, q] = [exact, scores].map((logits) => softmax(logits.subarray(row * 1024, (row + 1) * 1024)));
      for (let i = 0; i < 1024; i++) sum += p![i]! * Math.log(p![i]! / q![i]!);
    }
    return sum / 32;
  }

  it('codes with matched norms diverge least, then orthogonal sketches, then Gaussian ones', () => {
    const codec = new TurboQuant({ dim: DIM, bits: 3, seed: 5 });
    const matched = divergence(codec.score(codec.encode(keys), queries).data);
    const [orthogonal, gaussian] = (['orthogonal', 'gaussian'] as const).map((matrix) => {
      const sketched = new TurboQuantProd({ dim: DIM, bits: 3, matrix, seed: 5 });
      return divergence(sketched.score(sketched.encode(keys), queries).data);
    });
    expect(matched).toBeLessThan(0.75 * orthogonal!);
    expect(orthogonal!).toBeLessThan(0.6 * gaussian!);
  });
});
