// Child process: 64 MiB of weights and four worker threads. Prints what memory was used at each point as JSON.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';

const { matmulInt8, packWeights, runtime, Tensor } = createRequire(import.meta.url)('../../dist/lib/index.js');
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const SIZE = 8192;
const WORKERS = 4;
const b = new Int8Array(SIZE * SIZE);
for (let i = 0; i < b.length; i++) b[i] = (i * 2654435761) >> 13;
const x = Tensor.from(
  Int8Array.from({ length: SIZE }, (_, i) => i % 251),
  [1, SIZE],
);

async function ask(worker, message) {
  worker.postMessage(message);
  const [answer] = await once(worker, 'message');
  if (answer.code !== undefined) throw new Error(`${answer.code}: ${answer.message}`);
  return answer.result;
}

const report = {};
const workers = Array.from({ length: WORKERS }, () => new Worker(new URL('shared_worker.mjs', import.meta.url)));
for (const worker of workers) await ask(worker, { action: 'weightBytes' }); // octavo is loaded
report.atStart = runtime.weightBytes;
let weights = packWeights(Tensor.from(b, [SIZE, SIZE]));
const expected = matmulInt8(x, weights).data;
report.packed = runtime.weightBytes;
report.byteLength = weights.byteLength;

const token = weights.share();
const before = process.memoryUsage().rss;
const results = [];
for (const worker of workers) {
  await ask(worker, { action: 'open', token });
  results.push(await ask(worker, { action: 'multiply', x }));
}
report.rssGrowth = process.memoryUsage().rss - before;
report.opened = runtime.weightBytes;
report.seenByWorker = await ask(workers[0], { action: 'weightBytes' });
report.equal = results.every(
  (result) => Buffer.compare(Buffer.from(result.buffer), Buffer.from(expected.buffer)) === 0,
);

weights.dispose();
report.sharerGone = runtime.weightBytes;
await workers[0].terminate();
await ask(workers[1], { action: 'dispose' });
await workers[2].terminate();
report.oneLeft = runtime.weightBytes;
await ask(workers[3], { action: 'open', token }); // from the last holder's own memory; its first handle is garbage now
await ask(workers[3], { action: 'dispose' });
await workers[3].terminate();
report.noneLeft = runtime.weightBytes;

weights = packWeights(Tensor.from(b, [SIZE, SIZE]));
report.packedAgain = runtime.weightBytes;
weights = undefined;
collect();
await new Promise((resolve) => setTimeout(resolve, 20)); // finalizers run after the collection
report.collected = runtime.weightBytes;
await workers[1].terminate();
console.log(JSON.stringify(report));
