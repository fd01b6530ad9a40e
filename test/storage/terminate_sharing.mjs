// Child process: worker threads open, use and drop what the main thread shares, share weights of their own meanwhile, and
// are terminated while they do.
// Prints the number of terminated workers.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const { PackedWeights, packWeights, QuantizedLinear, runtime, Tensor } = createRequire(import.meta.url)(
  '../../dist/lib/index.js',
);
const weight = Tensor.from(new Float32Array(128 * 256).fill(0.5), [128, 256]);
const x = Tensor.from(new Float32Array(16 * 256).fill(0.25), [16, 256]);
const small = Tensor.zeros('int8', [3, 5]);

/** Opens and uses without end, and gives the garbage collector something to do. */
function work(token) {
  parentPort.postMessage('ready');
  const more = () => {
    const layer = QuantizedLinear.open(token);
    layer.forwardAsync(x).then(more);
    if (Math.random() < 0.5) layer.dispose();
    const own = packWeights(small);
    PackedWeights.open(own.share()).dispose();
    own.dispose();
  };
  for (let i = 0; i < 8; i++) more();
}

async function terminate(token, milliseconds) {
  const worker = new Worker(new URL(import.meta.url), { workerData: token });
  await once(worker, 'message');
  await sleep(milliseconds);
  return worker.terminate();
}

if (isMainThread) {
  runtime.threads = 3;
  let terminated = 0;
  for (let round = 0; round < 6; round++) {
    const layer = QuantizedLinear.from({ weight });
    const token = layer.share();
    const codes = await Promise.all([0, 1, 2].map((i) => terminate(token, i * 3 + round)));
    terminated += codes.filter((code) => code === 1).length;
    layer.dispose();
    if (runtime.weightBytes !== 0) throw new Error(`${runtime.weightBytes} bytes are left in round ${round}`);
  }
  console.log(terminated);
} else {
  work(workerData);
}
