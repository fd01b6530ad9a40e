// Hundreds of calls at once, some of them aborted: order, results, listeners, and the event loop's peace.
import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { matmulInt8, matmulInt8Async, packWeights, QuantizedLinear, runtime, Tensor } from '../../lib';
import { expectSameBits } from '../reference/expectations';
import { Random } from '../reference/random';
import { occupyPool } from './busy_pool';

const threads = runtime.threads;
afterEach(() => {
  runtime.threads = threads;
});

const random = new Random(3);
const b = packWeights(Tensor.from(random.int8(256 * 96), [256, 96]));
const layer = QuantizedLinear.from({ weight: Tensor.from(random.float32(96 * 256), [96, 256]) });
const inputs = Array.from({ length: 20 }, () => {
  const a = Tensor.from(random.uint8(8 * 256), [8, 256]);
  return { a, x: Tensor.from(Float32Array.from(a.data), [8, 256]) };
});
const expected = inputs.map(({ a, x }) => ({ product: matmulInt8(a, b).data, output: layer.forward(x).data }));

/** Call i of many: products and layers in turn, on inputs that differ. */
function call(i: number, signal?: AbortSignal): Promise<Tensor> {
  const { a, x } = inputs[i % inputs.length]!;
  return i % 2 === 0 ? matmulInt8Async(a, b, { signal }) : layer.forwardAsync(x, { signal });
}
function checkResult(i: number, result: Tensor): void {
  const { product, output } = expected[i % inputs.length]!;
  expectSameBits(result.data, i % 2 === 0 ? product : output, `call ${i}`);
}

describe('hundreds of calls', () => {
  it('on one thread settle in the order in which they were made', async () => {
    runtime.threads = 1;
    const order: number[] = [];
    const results = await Promise.all(
      Array.from({ length: 500 }, async (_, i) => {
        const result = await call(i);
        order.push(i);
        return result;
      }),
    );
    expect(order).toEqual(Array.from({ length: 500 }, (_, i) => i));
    results.forEach((result, i) => {
      checkResult(i, result);
    });
  });

  it.each([1, 2, 4])(
    'on %i threads: those of an aborted signal are rejected, the others have their results',
    async (count) => {
      const pool = occupyPool();
      runtime.threads = count;
      const controllers = Array.from({ length: 3 }, () => new AbortController());
      const signals = [undefined, ...controllers.map(({ signal }) => signal)];
      const calls = Array.from({ length: 600 }, (_, i) => call(i, signals[i % 4]));
      const settled = Promise.allSettled(calls);
      controllers[0]!.abort('before'); // while all of them wait
      pool.release();
      for (let turn = 0; turn < 20; turn++) await nextTurn();
      controllers[1]!.abort('between'); // some may be over
      let rejected = 0;
      (await settled).forEach((outcome, i) => {
        const controller = [undefined, ...controllers][i % 4];
        if (outcome.status === 'fulfilled') {
          checkResult(i, outcome.value);
          return;
        }
        expect(outcome.reason).toBe(controller?.signal.reason);
        rejected++;
        expect([1, 2]).toContain(i % 4);
      });
      expect(rejected).toBeGreaterThanOrEqual(150);
      controllers[2]!.abort('after'); // nobody listens any more
      for (const { signal } of controllers) expect(getEventListeners(signal, 'abort')).toEqual([]);
    },
  );

  it('leave the event loop alone, and so does aborting them', async () => {
    const pool = occupyPool();
    const controller = new AbortController();
    const settled = Promise.allSettled(Array.from({ length: 500 }, (_, i) => call(i, controller.signal)));
    let turns = 0;
    for (; turns < 50; turns++) await nextTurn();
    controller.abort();
    const outcomes = await settled;
    expect(pool.isBusy).toBe(true);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    pool.release();
  });
});

describe('listeners', () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);

  it('on a signal are one for all its calls, and none after them', async () => {
    process.on('warning', note);
    const { signal } = new AbortController();
    let added = 0;
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      added++;
      add(...args);
    };
    const calls = Array.from({ length: 1000 }, (_, i) => call(i, signal));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    (await Promise.all(calls)).forEach((result, i) => {
      checkResult(i, result);
    });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(added).toBe(1);
    // One after the other, each with its own listener; refused ones with none.
    for (let i = 0; i < 1000; i++) {
      await call(i, signal);
      if (i % 100 === 0) await expect(matmulInt8Async(inputs[0]!.x as never, b, { signal })).rejects.toThrow(/type/);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    }
    expect(added).toBe(1001);
    await nextTurn();
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('go with calls that fail in native code', async () => {
    const { signal } = new AbortController();
    const zero = { aZeroPoint: Int32Array.of(300), signal };
    await expect(matmulInt8Async(inputs[0]!.a, b, zero)).rejects.toThrow(/aZeroPoint/);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
