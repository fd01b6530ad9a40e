// Child process: how many threads the addon adds for small products, for a large one, and for four worker threads and the
// main thread at once. Prints the counts as JSON, and how many calls it made in the last case.
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const { matmulInt8, matmulInt8Async, runtime, Tensor } = createRequire(import.meta.url)('../../dist/lib/index.js');
const THREADS = 4;
const CALLS = 4;
const of = (m, n, k) => [Tensor.zeros('uint8', [m, k]), Tensor.zeros('int8', [k, n])];
const [small, large] = [of(16, 64, 64), of(320, 320, 320)];
const countThreads = () => readdirSync('/proc/self/task').length;

/** Synchronous and asynchronous calls of several threads' worth; their number. */
async function work() {
  const later = Array.from({ length: CALLS }, () => matmulInt8Async(...large));
  for (let i = 0; i < CALLS; i++) matmulInt8(...large);
  return CALLS + (await Promise.all(later)).length;
}

async function main() {
  const before = countThreads();
  for (let i = 0; i < 1000; i++) matmulInt8(...small);
  const counts = { small: countThreads() - before };
  matmulInt8(...large);
  counts.large = countThreads() - before;

  const workers = Array.from({ length: 4 }, () => new Worker(new URL(import.meta.url)));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const idle = countThreads() - counts.large;
  const done = workers.map((worker) => once(worker, 'message'));
  for (const worker of workers) worker.postMessage('go');
  const calls = [await work(), ...(await Promise.all(done)).flat()];
  counts.together = countThreads() - idle;
  counts.calls = calls.reduce((sum, count) => sum + count);
  console.log(JSON.stringify(counts));
  for (const worker of workers) worker.terminate();
}

/** Uses the addon, says so, and works when it is told to. */
async function obey() {
  matmulInt8(...small);
  parentPort.on('message', async () => parentPort.postMessage(await work()));
  parentPort.postMessage('ready');
}

if (isMainThread) {
  runtime.threads = THREADS;
  await main();
} else {
  await obey();
}
