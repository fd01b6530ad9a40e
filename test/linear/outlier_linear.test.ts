// LLM.int8(): channels with outliers in float, the others in 8 bits.
import { expect, it } from 'vitest';
import { Linear, OutlierLinear, QuantizedLinear } from '../../lib';
import { Random } from '../../lib/statistics';
import { Tensor } from '../../lib/tensor';

// Not from the models' helpers: they load onnxruntime, which ends an emulated process.
function noise(count: number, seed: number): Float32Array {
  const generator = new Random(seed);
  return Float32Array.from({ length: count }, () => generator.uniform(-1, 1));
}

const [M, K, N] = [9, 64, 33];
const weight = new Tensor('float32', noise(N * K, 1), [N, K]);
const bias = noise(N, 2);
const plain = new Tensor('float32', noise(M * K, 3), [M, K]);
const large = new Tensor(
  'float32',
  plain.data.map((value, i) => (i % K === 5 || i === 40 ? value + 80 : value)),
  [M, K],
);

/** The largest distance from the float layer. */
function errorOf(layer: { forward(x: Tensor<'float32'>): Tensor<'float32'> }, x: Tensor<'float32'>, exact: Linear) {
  const [found, expected] = [layer.forward(x).data, exact.forward(x).data];
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}

it('keeps inputs near 0 precise beside outliers', () => {
  // Weights that 8 bits hold exactly: what is left is the rounding of inputs.
  const data = noise(N * K, 1).map((value, i) => (i % K === 0 ? 1 : Math.round(value * 127) / 127));
  const exact = new Linear(new Tensor('float32', data, [N, K]), bias);
  const layer = OutlierLinear.from(exact);
  expect(layer.outliersOf(large)).toEqual([5, 40]);
  expect(errorOf(layer, large, exact)).toBeLessThan(0.1);
  expect(errorOf(QuantizedLinear.from(exact), large, exact)).toBeGreaterThan(0.5);
});

it('without outliers gives what QuantizedLinear gives, to the bit', () => {
  const layer = OutlierLinear.from({ weight, bias, activation: 'gelu' });
  expect(layer.outliersOf(plain)).toEqual([]);
  expect(layer.forward(plain)).toEqual(QuantizedLinear.from({ weight, bias, activation: 'gelu' }).forward(plain));
});

it('adds channels before the activation, in batches and strided rows as well', () => {
  const exact = new Linear(weight, bias);
  const layer = OutlierLinear.from(exact, { activation: 'relu' });
  const [found, linear] = [layer.forward(large), OutlierLinear.from(exact).forward(large)];
  expect(found.data).toEqual(linear.data.map((value) => Math.max(value, 0)));
  const cube = layer.forward(new Tensor('float32', large.data, [3, 3, K]));
  expect([cube.dims, cube.data]).toEqual([[3, 3, N], found.data]);
  const wide = new Float32Array(M * (K + 2)).fill(99);
  for (let row = 0; row < M; row++) wide.set(large.data.subarray(row * K, (row + 1) * K), row * (K + 2));
  const strided = layer.forward({ type: 'float32', data: wide, dims: [M, K], strides: [K + 2, 1] });
  expect(strided.data).toEqual(found.data);
});

it('takes a threshold', () => {
  const layer = OutlierLinear.from({ weight }, { threshold: 100 });
  expect([layer.outliersOf(large), layer.threshold, layer.inFeatures, layer.outFeatures]).toEqual([[], 100, K, N]);
  expect(OutlierLinear.from({ weight }, { threshold: 0.5 }).outliersOf(plain).length).toBeGreaterThan(50);
  const infinite = layer.forward(new Tensor('float32', new Float32Array(K).fill(Number.POSITIVE_INFINITY), [1, K]));
  expect(infinite.dims).toEqual([1, N]);
});

it.each([
  [() => OutlierLinear.from({ weight }, { threshold: 0 }), 'ERR_RANGE'],
  [() => OutlierLinear.from({ weight }, { threshold: '6' as never }), 'ERR_DTYPE'],
  [() => OutlierLinear.from(undefined as never), 'ERR_DTYPE'],
  [
    () => OutlierLinear.from({ weight }).forward(new Tensor('float32', new Float32Array(K + 1).fill(9), [1, K + 1])),
    'ERR_SHAPE',
  ],
  [() => OutlierLinear.from({ weight }).forward(Tensor.zeros('int8', [1, K]) as never), 'ERR_DTYPE'],
  [
    () => {
      const layer = OutlierLinear.from({ weight });
      layer.dispose();
      layer.forward(plain);
    },
    'ERR_DISPOSED',
  ],
])('refuses what does not fit: %#', (call, code) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
