// dispose() of everything that owns native memory: afterwards nothing works, but what was begun is finished.
import { describe, expect, it } from 'vitest';
import { Linear, matmulInt8, matmulInt8Async, packWeights, QuantizedLinear, runtime, Tensor } from '../../lib';
import { expectCode, expectRejection, expectSameBits } from '../reference/expectations';

const SIZE = 256;
const b = new Tensor('int8', new Int8Array(SIZE * SIZE).fill(2), [SIZE, SIZE]);
const a = new Tensor('int8', new Int8Array(SIZE * SIZE).fill(3), [SIZE, SIZE]);
const weight = new Tensor('float32', new Float32Array(SIZE * SIZE).fill(0.5), [SIZE, SIZE]);
const x = new Tensor('float32', new Float32Array(SIZE * SIZE).fill(0.25), [SIZE, SIZE]);

interface Owner {
  make(): { dispose(): void; [Symbol.dispose](): void };
  use(object: never): unknown;
  useLater(object: never): Promise<{ readonly data: unknown }>;
  /** Whatever else needs the native memory. */
  readonly others: readonly ((object: never) => unknown)[];
}

const CLASSES: Record<string, Owner> = {
  PackedWeights: {
    make: () => packWeights(b),
    use: (weights) => matmulInt8(a, weights).data,
    useLater: (weights) => matmulInt8Async(a, weights),
    others: [
      (weights: { share(): unknown }) => weights.share(),
      (weights: { byteLength: number }) => weights.byteLength,
    ],
  },
  Linear: {
    make: () => new Linear(weight),
    use: (layer: Linear) => layer.forward(x).data,
    useLater: (layer: Linear) => layer.forwardAsync(x),
    others: [(layer: Linear) => layer.share()],
  },
  QuantizedLinear: {
    make: () => QuantizedLinear.from({ weight }),
    use: (layer: QuantizedLinear) => layer.forward(x).data,
    useLater: (layer: QuantizedLinear) => layer.forwardAsync(x),
    others: [(layer: QuantizedLinear) => layer.share(), (layer: QuantizedLinear) => layer.byteLength],
  },
};

describe.each(Object.entries(CLASSES))('%s', (_, { make, use, useLater, others }) => {
  it.each(['dispose', Symbol.dispose] as const)('%s frees the memory, and may be repeated', async (method) => {
    const before = runtime.weightBytes;
    const object = make();
    expect(runtime.weightBytes).toBeGreaterThanOrEqual(before + SIZE * SIZE);
    object[method]();
    expect(runtime.weightBytes).toBe(before);
    object[method]();
    object.dispose();
    expectCode(() => use(object as never), 'ERR_DISPOSED');
    await expectRejection(useLater(object as never), 'ERR_DISPOSED');
    for (const other of others) expectCode(() => other(object as never), 'ERR_DISPOSED');
    expect(runtime.weightBytes).toBe(before);
  });

  it('leaves calls in progress the memory until they are done', async () => {
    const before = runtime.weightBytes;
    const object = make();
    const expected = use(object as never) as Float32Array;
    const results = Array.from({ length: 20 }, () => useLater(object as never));
    const held = runtime.weightBytes;
    object.dispose();
    expect(runtime.weightBytes).toBe(held);
    for (const { data } of await Promise.all(results)) expectSameBits(data, expected);
    await new Promise((resolve) => setImmediate(resolve)); // the last job is let go of after its promise is settled
    expect(runtime.weightBytes).toBe(before);
  });
});
