// A pool whose only thread is taken, so that calls made next wait in its queue.
import { performance } from 'node:perf_hooks';
import { Linear, matmulInt8Async, packWeights, runtime, Tensor } from '../../lib';

const LONG = 3000; // milliseconds: nothing that a test does meanwhile takes so long, on however busy a machine

// Much to compute, little to copy: queueing takes a fraction of the time that the pool needs.
const layer = new Linear(Tensor.zeros('float32', [4096, 1024]));
const x = Tensor.zeros('float32', [1, 1024]);
const one = { a: Tensor.zeros('int8', [1, 1]), b: packWeights(Tensor.zeros('int8', [1, 1])) };

function timeOnce(): number {
  const begin = performance.now();
  layer.forward(x);
  return performance.now() - begin;
}

export interface BusyPool {
  /** True while the pool has not come to what was queued after it was taken. */
  readonly isBusy: boolean;
  /** Lets the pool go on with what waits. */
  release(): void;
}

/** Takes the pool down to one thread and keeps that busy until it is released. */
export function occupyPool(): BusyPool {
  runtime.threads = 1;
  const unit = Math.min(timeOnce(), timeOnce(), timeOnce());
  const controller = new AbortController();
  const calls = Array.from({ length: Math.ceil(LONG / unit) + 1 }, () => layer.forwardAsync(x, controller));
  const pool = { isBusy: true, release: () => controller.abort() };
  Promise.allSettled(calls).then(() => {
    pool.isBusy = false;
  });
  return pool;
}

/** Resolves when every job that was queued before has run or was called off; the pool has one thread. */
export async function drainPool(): Promise<void> {
  await matmulInt8Async(one.a, one.b);
}
