// A pool whose only thread is taken, so that calls made next wait in its queue.
import { performance } from 'node:perf_hooks';
import { Linear, matmulInt8Async, packWeights, runtime, Tensor } from '../../lib';

// Much to compute, little to copy: queueing takes a fraction of the time that the pool needs.
const layer = new Linear(Tensor.zeros('float32', [4096, 1024]));
const x = Tensor.zeros('float32', [32, 1024]);
const one = { a: Tensor.zeros('int8', [1, 1]), b: packWeights(Tensor.zeros('int8', [1, 1])) };

function timeOnce(): number {
  const begin = performance.now();
  layer.forward(x);
  return performance.now() - begin;
}

/** Takes the pool down to one thread and keeps that busy for about so many milliseconds, as fast as the kernels are. */
export function occupyPool(milliseconds: number): Promise<unknown> {
  runtime.threads = 1;
  const unit = Math.min(timeOnce(), timeOnce(), timeOnce());
  const count = Math.ceil(milliseconds / unit) + 1;
  return Promise.all(Array.from({ length: count }, () => layer.forwardAsync(x)));
}

/** Resolves when every job that was queued before has run or was called off; the pool has one thread. */
export async function drainPool(): Promise<void> {
  await matmulInt8Async(one.a, one.b);
}
