// Child process: the main thread never loads the addon. Worker threads load it, use it and go, so that the last one to
// go takes the pool's threads with it, and the next one finds none, or finds them going. Prints how many worked.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** Loads the addon and uses it, with so many threads that their end takes a while. */
async function use() {
  const { matmulInt8Async, runtime, Tensor } = createRequire(import.meta.url)('../../dist/lib/index.js');
  runtime.threads = 200;
  const a = Tensor.from(new Uint8Array(64 * 64).fill(2), [64, 64]);
  const b = Tensor.from(new Int8Array(64 * 64).fill(3), [64, 64]);
  const results = await Promise.all(Array.from({ length: 200 }, () => matmulInt8Async(a, b)));
  if (!results.every(({ data }) => data.every((value) => value === 6 * 64))) throw new Error('wrong result');
}

/** Does as the main thread tells it, after the milliseconds that it is told to wait. */
function obey() {
  parentPort.on('message', async ({ what, after }) => {
    const begin = performance.now();
    while (performance.now() - begin < after);
    if (what === 'go') process.exit();
    await use();
    parentPort.postMessage('done');
  });
}

async function main() {
  let worked = 0;
  let before;
  const exits = [];
  for (let i = 0; i < 40; i++) {
    const worker = new Worker(new URL(import.meta.url));
    exits.push(once(worker, 'exit'));
    await once(worker, 'online');
    // The one before goes while this one comes, a little sooner or later every time; or alone, now and then.
    before?.postMessage({ what: 'go', after: i % 9 });
    if (i % 8 === 7) await exits.at(-2);
    worker.postMessage({ what: 'use', after: 0 });
    await once(worker, 'message');
    worked++;
    before = worker;
  }
  before.postMessage({ what: 'go', after: 0 });
  await Promise.all(exits);
  console.log(worked);
}

await (isMainThread ? main() : obey());
