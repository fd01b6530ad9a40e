// Child process: the main thread never loads the addon. Worker threads load it, use it and go, so that the last one to
// go takes the pool's threads with it, and the next one finds none. Prints how many worked.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

async function use() {
  const { matmulInt8Async, runtime, Tensor } = createRequire(import.meta.url)('../../dist/lib/index.js');
  if (runtime.threads < 1) throw new Error('no threads');
  const a = Tensor.from(new Uint8Array(64 * 64).fill(2), [64, 64]);
  const b = Tensor.from(new Int8Array(64 * 64).fill(3), [64, 64]);
  const results = await Promise.all(Array.from({ length: 5 }, () => matmulInt8Async(a, b)));
  if (!results.every(({ data }) => data.every((value) => value === 6 * 64))) throw new Error('wrong result');
  parentPort.postMessage('done');
}

const start = () => new Worker(new URL(import.meta.url));

async function main() {
  let worked = 0;
  for (let i = 0; i < 6; i++) {
    const worker = start();
    const gone = once(worker, 'exit');
    await once(worker, 'message');
    await gone;
    worked++;
  }
  // Each begins while the one before is going.
  const exits = [];
  for (let i = 0; i < 12; i++) {
    const worker = start();
    exits.push(once(worker, 'exit'));
    await once(worker, 'message');
    worked++;
  }
  await Promise.all(exits);
  console.log(worked);
}

await (isMainThread ? main() : use());
