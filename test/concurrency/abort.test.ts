// Every asynchronous call takes an AbortSignal: what happens to one that waits, that runs, or that has not begun.
import { getEventListeners } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import * as octavo from '../../lib';
import {
  Linear,
  Observer,
  type PackedWeights,
  packWeights,
  QuantizedLinear,
  QuantizedTensor,
  runtime,
  Tensor,
} from '../../lib';
import { addon } from '../../lib/addon';
import { expectRejection } from '../reference/expectations';
import { Random } from '../reference/random';
import { drainPool, occupyPool } from './busy_pool';

type Out = Float32Array | Int32Array | Int8Array;
type Call = (options: { signal?: AbortSignal; out?: never }) => Promise<unknown>;

const scheme = { type: 'int8', symmetric: true, granularity: 'tensor' } as const;
const params = { type: 'int8', scale: Float32Array.of(1), zeroPoint: Int32Array.of(0), granularity: 'tensor' } as const;
const random = new Random(1);
const x = Tensor.from(random.float32(30 * 20), [30, 20]);
const bytes = Tensor.from(random.int8(30 * 20), [30, 20]);
const weight = Tensor.from(random.float32(10 * 20), [10, 20]);
const linear = new Linear(weight);
const quantized = QuantizedLinear.from(linear);
const b = Tensor.from(random.int8(20 * 10), [20, 10]);
const packed = packWeights(b);
const batches = { a: Tensor.zeros('int8', [3, 10, 20]), b: Tensor.zeros('int8', [3, 20, 10]) };
const observer = new Observer({ method: 'minmax', scheme });

const folder = mkdtempSync(path.join(tmpdir(), 'octavo-abort-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => path.join(folder, name);
async function saved(object: PackedWeights | QuantizedLinear, options: { signal?: AbortSignal }): Promise<number[]> {
  await object.saveAsync(file('saved'), options);
  return [...readFileSync(file('saved'))];
}
packed.save(file('weights'));
quantized.save(file('layer'));

const CALLS: Record<string, { call: Call; out?: () => Out }> = {
  quantizeAsync: { call: (o) => octavo.quantizeAsync(x, params, o), out: () => new Int8Array(600) },
  'quantizeAsync by a scheme': { call: (o) => octavo.quantizeAsync(x, scheme, o), out: () => new Int8Array(600) },
  dequantizeAsync: { call: (o) => octavo.dequantizeAsync(new QuantizedTensor(bytes.data, [600], params), o) },
  matmulInt8Async: { call: (o) => octavo.matmulInt8Async(bytes, packed, o), out: () => new Int32Array(300) },
  'matmulInt8Async, b not packed': {
    call: (o) => octavo.matmulInt8Async(bytes, b, o),
    out: () => new Int32Array(300),
  },
  'matmulInt8Async of batches': {
    call: (o) => octavo.matmulInt8Async(batches.a, batches.b, o),
    out: () => new Int32Array(300),
  },
  'matmulInt8Async of no batches': {
    call: (o) => octavo.matmulInt8Async(Tensor.zeros('int8', [0, 2, 3]), Tensor.zeros('int8', [0, 3, 2]), o),
  },
  matmulFloat32Async: {
    call: (o) => octavo.matmulFloat32Async(x, Tensor.zeros('float32', [20, 10]), o),
    out: () => new Float32Array(300),
  },
  packWeightsAsync: { call: (o) => octavo.packWeightsAsync(b, o) },
  'PackedWeights.saveAsync': { call: (o) => saved(packed, o) },
  'PackedWeights.loadAsync': { call: (o) => octavo.PackedWeights.loadAsync(file('weights'), o) },
  'QuantizedLinear.saveAsync': { call: (o) => saved(quantized, o) },
  'QuantizedLinear.loadAsync': { call: (o) => QuantizedLinear.loadAsync(file('layer'), o) },
  'Linear.forwardAsync': { call: (o) => linear.forwardAsync(x, o), out: () => new Float32Array(300) },
  'QuantizedLinear.forwardAsync': { call: (o) => quantized.forwardAsync(x, o), out: () => new Float32Array(300) },
  'Observer.observeAsync': { call: (o) => observer.observeAsync(x, o) },
  histogramAsync: { call: (o) => octavo.histogramAsync(x, { bins: 8, limit: 2, ...o }) },
};

const threads = runtime.threads;
afterEach(() => {
  runtime.threads = threads;
});

/** What a promise came to. */
const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => ({ resolved: true }),
    (reason: unknown) => ({ reason }),
  );

describe.each(Object.entries(CALLS))('%s', (name, { call, out }) => {
  const isEmpty = name.includes('no batches');

  it('that is aborted while it waits is rejected with the reason, at once, and out stays as it is', async () => {
    if (isEmpty) return; // has nothing to wait for
    const pool = occupyPool();
    const controller = new AbortController();
    const given = out?.();
    const promise = outcomeOf(call({ signal: controller.signal, ...(given && { out: given as never }) }));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await promise).toEqual({ reason });
    expect(pool.isBusy).toBe(true);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    pool.release();
    await drainPool();
    expect(given?.every((value) => value === 0) ?? true).toBe(true);
  });

  it('with an aborted signal is rejected, and nothing is queued', async () => {
    const before = addon.latestJob();
    const outcome = await outcomeOf(call({ signal: AbortSignal.abort() }));
    expect((outcome as { reason: Error }).reason).toMatchObject({ name: 'AbortError', code: 20 });
    expect(await outcomeOf(call({ signal: AbortSignal.abort(7) }))).toEqual({ reason: 7 });
    expect(await outcomeOf(call({ signal: AbortSignal.abort(null) }))).toEqual({ reason: null });
    expect(addon.latestJob()).toBe(before);
  });

  it('whose signal is never aborted has its result, and leaves no listener', async () => {
    const { signal } = new AbortController();
    const [plain, watched] = [await call({}), await call({ signal })];
    if (!(plain instanceof Observer) && !('byteLength' in (plain as object))) expect(watched).toEqual(plain);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('takes nothing else for a signal', async () => {
    for (const signal of [null, 0, 'abort', {}, new EventTarget(), { aborted: false }, () => 0, new AbortController()])
      await expectRejection(call({ signal: signal as never }), 'ERR_DTYPE', /options\.signal must be an AbortSignal/);
    await call({ signal: undefined as never });
  });
});

describe('a call that waits', () => {
  it('never runs once it is cancelled, and lets go of what it holds', async () => {
    const pool = occupyPool();
    const held = octavo.runtime.weightBytes;
    const handle = addon.packInt8(new Int8Array(64 * 64), 64, 64, false);
    const out = new Int32Array(64 * 64).fill(7);
    const promise = addon.matmulInt8Async(new Int8Array(64 * 64), handle, out, 64, 64);
    const job = addon.latestJob();
    addon.dispose(handle);
    expect(octavo.runtime.weightBytes).toBeGreaterThan(held);
    expect(addon.cancelJob(job, 'why')).toBe(true);
    expect(octavo.runtime.weightBytes).toBe(held);
    expect(addon.cancelJob(job, 'again')).toBe(false);
    expect(await outcomeOf(promise)).toEqual({ reason: 'why' });
    pool.release();
    await drainPool();
    expect(out.every((value) => value === 7)).toBe(true);
  });

  it('leaves an observer as it was', async () => {
    const pool = occupyPool();
    const fresh = new Observer({ method: 'minmax', scheme });
    const controller = new AbortController();
    const promise = outcomeOf(fresh.observeAsync(Tensor.from(Float32Array.of(Number.NaN)), controller));
    controller.abort();
    await promise;
    pool.release();
    await drainPool();
    expect(fresh.nanCount).toBe(0);
  });

  it('may be cancelled by a timeout', async () => {
    const pool = occupyPool();
    const signal = AbortSignal.timeout(5);
    const outcome = await outcomeOf(octavo.matmulInt8Async(bytes, packed, { signal }));
    expect((outcome as { reason: Error }).reason.name).toBe('TimeoutError');
    pool.release();
  });
});

describe('a call that runs', () => {
  it('is rejected at once as well; its computation ends for nothing', async () => {
    runtime.threads = 1;
    const size = 1024;
    const [left, right] = [Tensor.zeros('float32', [size, size]), Tensor.zeros('float32', [size, size])];
    const out = new Float32Array(size * size).fill(7);
    const controller = new AbortController();
    const promise = outcomeOf(octavo.matmulFloat32Async(left, right, { out, signal: controller.signal }));
    const job = addon.latestJob();
    // The job begins meanwhile; a result cannot be delivered, however late this goes on, before the loop turns again.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    controller.abort('enough');
    expect(addon.cancelJob(job, 'again')).toBe(false);
    expect(await promise).toEqual({ reason: 'enough' });
    await drainPool();
    expect(out.every((value) => value === 7)).toBe(true);
  });
});

it('the computation that was called off last does not keep a result from the next', async () => {
  const controller = new AbortController();
  const lost = outcomeOf(octavo.matmulInt8Async(bytes, packed, controller));
  controller.abort();
  expect(await octavo.matmulInt8Async(bytes, packed)).toEqual(octavo.matmulInt8(bytes, packed));
  expect(await lost).toHaveProperty('reason');
});

it('a signal that cannot be listened to rejects the call before anything is queued', async () => {
  const before = addon.latestJob();
  const deaf = {
    aborted: false,
    addEventListener() {
      throw new Error('deaf');
    },
    removeEventListener() {},
  };
  const promise = packed.saveAsync(path.join(folder, 'missing', 'x'), { signal: deaf as never });
  expect(await outcomeOf(promise)).toEqual({ reason: new Error('deaf') });
  expect(addon.latestJob()).toBe(before);
});
