// Second moments of inputs: their precision, batches, merging and bytes.
import { expect, it } from 'vitest';
import { Tensor } from '../../../lib/tensor';
import { GramMatrix } from '../../../lib/weights';
import { noise } from '../../onnx/micro_graph';

const K = 37;
const inputs = noise(300 * K, 3).map((value, i) => value * 10 ** ((i % K) / 10));
const tensor = (from: number, to: number) => new Tensor('float32', inputs.slice(from * K, to * K), [to - from, K]);

/** The sums in double: of products, and of their magnitudes. */
function exactSums(): [Float64Array, Float64Array] {
  const [sums, sizes] = [new Float64Array(K * K), new Float64Array(K * K)];
  for (let row = 0; row < 300; row++)
    for (let i = 0; i < K; i++)
      for (let j = 0; j < K; j++) {
        const product = inputs[row * K + i]! * inputs[row * K + j]!;
        sums[i * K + j]! += product;
        sizes[i * K + j]! += Math.abs(product);
      }
  return [sums, sizes];
}

const [sums, sizes] = exactSums();

function expectClose(gram: GramMatrix): void {
  gram.toMatrix().forEach((value, i) => {
    expect(Math.abs(value - sums[i]!)).toBeLessThanOrEqual(sizes[i]! * 2 ** -18);
    expect(gram.at(Math.floor(i / K), i % K)).toBe(value);
  });
}

it('sums products within its bound, and counts, maxima and means of magnitudes', () => {
  const gram = new GramMatrix(K).add(tensor(0, 300));
  expectClose(gram);
  expect([gram.rows, gram.channels]).toEqual([300, K]);
  for (let i = 0; i < K; i++) {
    const channel = Array.from({ length: 300 }, (_, row) => Math.abs(inputs[row * K + i]!));
    expect(gram.absmax[i]).toBe(Math.max(...channel));
    const mean = channel.reduce((sum, value) => sum + value, 0) / 300;
    expect(gram.meanMagnitude[i]).toBeCloseTo(mean, 10);
  }
});

it('takes batches of any shape, strided rows, and merges what others saw', () => {
  const whole = new GramMatrix(K).add(tensor(0, 300));
  const chains = new GramMatrix(K).add(tensor(0, 64)).add(tensor(64, 192)).add(tensor(192, 300));
  expect(chains.toBytes()).toEqual(whole.toBytes()); // batches that end with a chain make no difference
  const merged = new GramMatrix(K)
    .add(tensor(0, 7))
    .merge(new GramMatrix(K).add(tensor(7, 300)))
    .merge(new GramMatrix(K));
  expectClose(merged);
  expect(merged.rows).toBe(300);
  expect(merged.absmax).toEqual(whole.absmax);
  const cube = new GramMatrix(K).add({ type: 'float32', data: inputs, dims: [3, 100, K] });
  expect(cube.toBytes()).toEqual(whole.toBytes());
  const narrow = new GramMatrix(5).add({ type: 'float32', data: inputs, dims: [300, 5], strides: [K, 1] });
  expect([narrow.at(2, 4), narrow.rows]).toEqual([whole.at(2, 4), 300]);
  expect(new GramMatrix(K).add({ type: 'float32', data: new Float32Array(0), dims: [0, K] }).rows).toBe(0);
});

it('goes through bytes unchanged, and on from there', () => {
  const bytes = new GramMatrix(K).add(tensor(0, 128)).toBytes();
  expect(bytes).toHaveLength(32 + 12 * K + 4 * K * (K + 1));
  const restored = GramMatrix.fromBytes(bytes);
  expect(restored.toBytes()).toEqual(bytes);
  expect(restored.add(tensor(128, 300)).toBytes()).toEqual(new GramMatrix(K).add(tensor(0, 300)).toBytes());
});

it('refuses damaged bytes', () => {
  const bytes = new GramMatrix(3).add({ type: 'float32', data: Float32Array.of(1, 2, 3), dims: [1, 3] }).toBytes();
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1;
    const code = at >= 8 && at < 12 ? 'ERR_UNSUPPORTED' : 'ERR_FILE';
    expect(() => GramMatrix.fromBytes(damaged), `byte ${at}`).toThrow(expect.objectContaining({ code }));
    expect(() => GramMatrix.fromBytes(bytes.slice(0, at))).toThrow(expect.objectContaining({ code: 'ERR_FILE' }));
  }
  expect(() => GramMatrix.fromBytes('gram' as never)).toThrow(expect.objectContaining({ code: 'ERR_DTYPE' }));
});

it.each([
  [() => new GramMatrix(0), 'ERR_RANGE'],
  [() => new GramMatrix(65_537), 'ERR_RANGE'],
  [() => new GramMatrix('4' as never), 'ERR_DTYPE'],
  [() => new GramMatrix(2).merge(new GramMatrix(3)), 'ERR_SHAPE'],
  [() => new GramMatrix(2).merge({} as never), 'ERR_DTYPE'],
  [() => new GramMatrix(2).add(new Tensor('float32', new Float32Array(3), [1, 3])), 'ERR_SHAPE'],
  [() => new GramMatrix(2).add(Tensor.from(Int8Array.of(1, 2), [1, 2]) as never), 'ERR_DTYPE'],
  [() => new GramMatrix(2).add(undefined as never), 'ERR_DTYPE'],
])('refuses what does not fit: %#', (call, code) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});

it('refuses inputs that are not finite, and then counts nothing of them', () => {
  const gram = new GramMatrix(2);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 61])
    expect(() => gram.add({ type: 'float32', data: Float32Array.of(1, 2, 3, bad), dims: [2, 2] })).toThrow(
      /row 1, channel 1/,
    );
  expect([gram.rows, gram.at(0, 0), gram.absmax[0]]).toEqual([0, 0, 0]);
});
