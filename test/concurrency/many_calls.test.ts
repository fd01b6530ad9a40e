// Many calls at once, good and bad, and any number of threads: each settles as if it were alone.
import { afterEach, describe, expect, it } from 'vitest';
import * as octavo from '../../lib';
import {
  matmulFloat32,
  matmulFloat32Async,
  matmulInt8,
  matmulInt8Async,
  QuantizedLinear,
  runtime,
  Tensor,
} from '../../lib';
import { checkError, expectSameBits } from '../reference/expectations';
import { Random } from '../reference/random';
import { runWorkload } from '../reference/seeded_workload.mjs';

const before = runtime.threads;
afterEach(() => {
  runtime.threads = before;
});

describe.each([1, 2, 5])('on %i threads', (threads) => {
  it('hundreds of asynchronous calls settle in any order, errors among them', async () => {
    runtime.threads = threads;
    const random = new Random(threads);
    const calls = Array.from({ length: 400 }, (_, i) => {
      const [m, n, k] = [random.integer(1, 40), random.integer(1, 40), random.integer(1, 40)];
      const a = Tensor.from(random.uint8(m * k), [m, k]);
      const b = Tensor.from(random.int8(k * n), [k, n]);
      if (i % 7 === 3)
        return { promise: matmulInt8Async(a, Tensor.zeros('int8', [k + 1, n])), code: 'ERR_SHAPE' as const };
      // Refused by native code, on a thread of its own.
      if (i % 7 === 5)
        return { promise: matmulInt8Async(a, b, { aZeroPoint: Int32Array.of(300) }), code: 'ERR_RANGE' as const };
      return { promise: matmulInt8Async(a, b), expected: matmulInt8(a, b).data };
    });
    const settled = await Promise.allSettled(calls.map(({ promise }) => promise));
    settled.forEach((outcome, i) => {
      const { expected, code } = calls[i]!;
      if (outcome.status === 'rejected') checkError(outcome.reason, code ?? []);
      else expectSameBits(outcome.value.data, expected!, `call ${i}`);
      expect(outcome.status).toBe(code === undefined ? 'fulfilled' : 'rejected');
    });
  });

  it('synchronous calls go on while asynchronous ones are in flight', async () => {
    runtime.threads = threads;
    const random = new Random(9);
    const [a, b] = [Tensor.from(random.uint8(64 * 256), [64, 256]), Tensor.from(random.int8(256 * 300), [256, 300])];
    const expected = matmulInt8(a, b).data;
    const inFlight = Array.from({ length: 40 }, () => matmulInt8Async(a, b));
    for (let i = 0; i < 20; i++) expectSameBits(matmulInt8(a, b).data, expected);
    for (const { data } of await Promise.all(inFlight)) expectSameBits(data, expected);
  });
});

describe('the number of threads', () => {
  it('does not show in large products, nor in layers', async () => {
    const random = new Random(10);
    // Cut by rows, and by columns.
    for (const [m, n, k] of [
      [520, 130, 515],
      [9, 2100, 1700],
    ] as const) {
      const [a, b] = [Tensor.from(random.int8(m * k), [m, k]), Tensor.from(random.int8(k * n), [k, n])];
      const [x, y] = [Tensor.from(random.float32(m * k), [m, k]), Tensor.from(random.float32(k * n), [k, n])];
      const layer = QuantizedLinear.from(
        { weight: Tensor.from(random.float32(n * k), [n, k]) },
        { activation: 'relu' },
      );
      const zero = { aZeroPoint: random.int32(m, -128, 127), bZeroPoint: random.int32(n, -128, 127) };
      const results: (Float32Array | Int32Array | Int8Array | Uint8Array)[][] = [];
      for (const threads of [1, 4, 3]) {
        runtime.threads = threads;
        const now = [matmulInt8(a, b, zero), matmulFloat32(x, y), layer.forward(x)];
        const later = [matmulInt8Async(a, b, zero), matmulFloat32Async(x, y), layer.forwardAsync(x)];
        results.push(
          now.map(({ data }) => data),
          (await Promise.all(later)).map(({ data }) => data),
        );
      }
      for (const other of results.slice(1))
        other.forEach((data, i) => {
          expectSameBits(data, results[0]![i]!, `${m}x${n}x${k}, result ${i}`);
        });
    }
  });

  it('does not show in batches', async () => {
    const random = new Random(11);
    const [batch, m, n, k] = [5, 130, 70, 1030];
    const a = Tensor.from(random.uint8(batch * m * k), [batch, m, k]);
    const each = Tensor.from(random.int8(batch * k * n), [batch, k, n]);
    const one = Tensor.from(each.data.slice(0, k * n), [k, n]);
    runtime.threads = 1;
    const expected = [each, one].map((b) => matmulInt8(a, b).data);
    for (const threads of [2, 3, 7]) {
      runtime.threads = threads;
      for (const [i, b] of [each, one].entries()) {
        expectSameBits(matmulInt8(a, b).data, expected[i]!, `${threads} threads, case ${i}`);
        expectSameBits((await matmulInt8Async(a, b)).data, expected[i]!, `${threads} threads, later, case ${i}`);
      }
    }
  });

  it('does not show in the seeded workload, and may change while calls are in flight', async () => {
    runtime.threads = 1;
    const expected = await runWorkload(octavo, 'sync');
    runtime.threads = 4;
    const running = runWorkload(octavo, 'async');
    for (const threads of [1, 3, 1024, 2]) {
      await new Promise((done) => setTimeout(done, 5));
      runtime.threads = threads;
    }
    expect(await running).toEqual(expected);
  });
});
