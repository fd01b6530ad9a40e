// Worker thread: opens an index and searches it again and again. Posts what it found that cannot be, and how often it searched.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const { VectorIndex } = createRequire(import.meta.url)('../../../dist/lib/turboquant/index.js');
const { token, dim, step, searches, later } = workerData;
const index = VectorIndex.open(token);
const query = new Float32Array(dim).fill(1);
const wrong = [];

/** Vector i is all i: the best ones are the last that are there, whole steps of them, and never one that was removed. */
function check({ ids }) {
  const top = ids[0] + 1;
  if (top % step !== 0) wrong.push(`the last of ${top}`);
  for (const [i, id] of ids.entries()) if (id !== top - 1 - i) wrong.push(`${id} in place ${i} of ${top}`);
}

for (let i = 0; i < searches; i++) check(later ? await index.searchAsync(query, 8) : index.search(query, 8));
parentPort.postMessage({ wrong, sizes: [index.size] });
