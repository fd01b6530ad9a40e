// Child process: worker threads are terminated in the middle of calls, again and again; the main thread goes on working.
// Argument: what the workers do (sync, async, both, pack, or abort). Prints how many were terminated.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const { matmulInt8, matmulInt8Async, packWeights, quantizeAsync, runtime, Tensor } = createRequire(import.meta.url)(
  '../../dist/lib/index.js',
);

const a = Tensor.from(new Uint8Array(64 * 512).fill(3), [64, 512]);
const b = Tensor.from(new Int8Array(512 * 512).fill(-2), [512, 512]);
const small = Tensor.zeros('int8', [4, 4]);
const x = Tensor.zeros('float32', [300_000]);
const scheme = { type: 'int8', symmetric: true, granularity: 'tensor' };

async function terminate(kind, milliseconds) {
  const worker = new Worker(new URL(import.meta.url), { workerData: kind });
  await once(worker, 'message');
  await sleep(milliseconds);
  return worker.terminate();
}

/** Turn after turn, calls that are aborted in the next one: some wait then, some run, some are over. */
function abortForever() {
  const controller = new AbortController();
  for (let i = 0; i < 20; i++) matmulInt8Async(a, b, { signal: controller.signal }).catch(() => {});
  setImmediate(() => {
    controller.abort();
    abortForever();
  });
}

/** Calls without end; the first one tells the main thread that they have begun. */
function work(kind) {
  parentPort.postMessage('ready');
  if (kind === 'sync') for (;;) matmulInt8(a, b);
  if (kind === 'pack') for (;;) packWeights(small); // an object with a finalizer, over and over
  if (kind === 'abort') return void abortForever();
  const more = () => {
    matmulInt8Async(a, b).then(more);
    if (kind === 'both') matmulInt8(a, b);
  };
  for (let i = 0; i < 8; i++) more();
  for (let i = 0; i < 50; i++) quantizeAsync(x, scheme);
}

if (isMainThread) {
  runtime.threads = 3;
  const kind = process.argv[2];
  let terminated = 0;
  for (let round = 0; round < 8; round++) {
    const codes = await Promise.all([terminate(kind, round), terminate(kind, 3 * round)]);
    terminated += codes.filter((code) => code === 1).length;
    const [now, later] = [matmulInt8(a, b), await matmulInt8Async(a, b)];
    if (!now.data.every((value) => value === -6 * 512) || later.data[777] !== -6 * 512) throw new Error('wrong result');
  }
  console.log(terminated);
} else {
  work(workerData);
}
