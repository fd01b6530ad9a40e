// Layers with weights of 4 bits: the definition in plain arithmetic, and what is refused.
import { expect, it } from 'vitest';
import { Int4Linear, Tensor } from '../../lib';
import { type BlockScheme, roundToNearest } from '../../lib/weights';
import { waves } from '../onnx/micro_graph';
import { expectCode } from '../reference/expectations';

type Shape = readonly [m: number, n: number, k: number, block: number];
const SHAPES: Shape[] = [
  [1, 33, 100, 32],
  [7, 20, 64, 64],
  [40, 17, 130, 256],
];
const TYPES = ['int4', 'uint4'] as const;

const weightsOf = ([, n, k, block]: Shape, how: Pick<BlockScheme, 'type' | 'symmetric'>) =>
  roundToNearest({ data: waves(n * k, 5), rows: n, columns: k }, { ...how, block });

/** Rows rounded by their absmax, sums in doubles: close to float32, which only rounds. */
function expected(x: Float32Array, [m, n, k, block]: Shape, weights: ReturnType<typeof weightsOf>, bias: Float32Array) {
  const y = new Float32Array(m * n);
  const blocks = Math.ceil(k / block);
  for (let i = 0; i < m; i++) {
    const row = x.subarray(i * k, (i + 1) * k);
    const scale = Math.fround(row.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127);
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        const at = j * blocks + Math.floor(p / block);
        sum += Math.round(row[p]! / scale) * (weights.values[j * k + p]! - weights.zeroPoint[at]!) * weights.scale[at]!;
      }
      y[i * n + j] = Math.max(0, sum * scale + bias[j]!);
    }
  }
  return y;
}

const CASES = SHAPES.flatMap((shape) =>
  TYPES.flatMap((type) => [true, false].map((symmetric) => ({ shape, type, symmetric }))),
);

it.each(CASES)('computes what its definition says: $shape, $type, symmetric $symmetric', async ({ shape, ...how }) => {
  const [m, n, k] = shape;
  const weights = weightsOf(shape, how);
  const x = waves(m * k, 9);
  const bias = waves(n, 2);
  using layer = new Int4Linear(weights, bias, { activation: 'relu' });
  const y = layer.forward(new Tensor('float32', x, [m, k]));
  expect(y.dims).toEqual([m, n]);
  const exact = expected(x, shape, weights, bias);
  y.data.forEach((value, i) => {
    expect(value).toBeCloseTo(exact[i]!, 4);
  });
  const out = new Float32Array(m * n);
  await layer.forwardAsync(new Tensor('float32', x, [m, k]), { out });
  expect(out).toEqual(y.data);
});

it('takes half a byte for a weight and four for a block', () => {
  const how = { type: 'int4', symmetric: true } as const;
  using layer = new Int4Linear(weightsOf([1, 64, 1024, 128], how));
  expect(layer.byteLength).toBe(64 * (512 + 8 * 4));
});

it('refuses weights that have no meaning', () => {
  const shape: Shape = [1, 4, 64, 32];
  const weights = weightsOf(shape, { type: 'uint4', symmetric: false });
  expectCode(() => new Int4Linear({ ...weights, type: 'int8' }), 'ERR_DTYPE', /int4 or uint4/);
  expectCode(() => new Int4Linear({ ...weights, rows: 5 }), 'ERR_SHAPE', /320 values/);
  expectCode(() => new Int4Linear({ ...weights, scale: weights.scale.subarray(1) }), 'ERR_SHAPE', /scales/);
  expectCode(() => new Int4Linear({ ...weights, zeroPoint: Int32Array.of(1) }), 'ERR_SHAPE', /zeroPoints/);
  expectCode(
    () => new Int4Linear({ ...weights, zeroPoint: weights.zeroPoint.map(() => 256 + 3) }),
    'ERR_RANGE',
    /zeroPoint/,
  );
  expectCode(() => new Int4Linear({ ...weights, scale: weights.scale.map(() => Number.NaN) }), 'ERR_RANGE', /finite/);
  expectCode(
    () => new Int4Linear(weightsOf([1, 4, 64, 20], { type: 'uint4', symmetric: true })),
    'ERR_RANGE',
    /multiple of 8/,
  );
  const wrong: [object, 'ERR_DTYPE' | 'ERR_RANGE', RegExp][] = [
    [{ values: [...weights.values] }, 'ERR_DTYPE', /weights.values must be/],
    [{ scale: [1] }, 'ERR_DTYPE', /scales must be/],
    [{ zeroPoint: null }, 'ERR_DTYPE', /weights.zeroPoint must be/],
    [{ columns: 0.5 }, 'ERR_RANGE', /weights.columns must be/],
    [{ block: 0 }, 'ERR_RANGE', /weights.block must be/],
  ];
  for (const [part, code, message] of wrong)
    expectCode(() => new Int4Linear({ ...weights, ...part } as never), code, message);
  expectCode(() => new Int4Linear(null as never), 'ERR_DTYPE', /weights in blocks/);
  const layer = new Int4Linear(weights);
  expectCode(() => layer.forward(new Tensor('float32', new Float32Array(60), [1, 60])), 'ERR_SHAPE', /64/);
  layer.dispose();
  expectCode(() => layer.forward(new Tensor('float32', new Float32Array(64), [1, 64])), 'ERR_DISPOSED');
});
