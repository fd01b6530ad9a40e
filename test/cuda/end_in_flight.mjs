// Child process: ends while a GPU has work to do. Argument: how.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const { matmulInt8, matmulInt8Async, runtime, Tensor } = require('../../dist/lib/index.js');
const { cuda } = require('../../dist/lib/cuda/index.js');

const LARGE = Tensor.from(new Uint8Array(6_000_000).fill(5));
let settled = 0;

async function start(count = 8) {
  const device = await cuda.open();
  const x = device.tensor(LARGE);
  for (let i = 0; i < count; i++) {
    x.toHost().then(({ data }) => {
      settled += data[5_999_999] === 5 ? 1 : 0;
    });
    device.synchronize();
  }
  return { device, x };
}

async function work() {
  await start();
  parentPort.postMessage('ready');
  for (;;) await start(3);
}

const ENDS = {
  async exit() {
    await start();
    process.exit(7);
  },
  async 'exit later'() {
    await start();
    setTimeout(() => process.exit(7), 10);
  },
  async 'exit in a callback'() {
    const { x } = await start(3);
    x.toHost().then(() => process.exit(7));
  },
  'exit while it opens'() {
    cuda.open();
    setTimeout(() => process.exit(7), 1);
  },
  async throw() {
    await start();
    throw new Error('on purpose');
  },
  // Nothing else keeps the process alive: it ends when all is done.
  async wait() {
    await start();
    process.on('exit', () => console.log(settled));
  },
  // The device goes before its tensors, and these before their copies.
  async 'dispose and wait'() {
    const { device, x } = await start();
    device.dispose();
    x.dispose();
    process.on('exit', () => console.log(settled));
  },
  async 'exit of a worker'() {
    const [code] = await once(new Worker(new URL(import.meta.url), { argv: ['exit'] }), 'exit');
    await start(3);
    process.on('exit', () => console.log(code, settled));
  },
  // Each opens a device of its own.
  async 'terminate workers'() {
    let terminated = 0;
    for (let round = 0; round < 3; round++) {
      const workers = [0, 1].map(() => new Worker(new URL(import.meta.url), { argv: ['work'] }));
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      await sleep(3 * round);
      for (const worker of workers) terminated += (await worker.terminate()) === 1 ? 1 : 0;
    }
    await start(2);
    process.on('exit', () => console.log(terminated, settled));
  },
  work,
  // Waiting for a GPU takes none of the CPU's threads.
  async 'one thread'() {
    runtime.threads = 1;
    const { x } = await start(10);
    const order = [];
    const read = x.toHost().then(() => order.push('gpu'));
    const [a, b] = [Tensor.zeros('int8', [4, 4]), Tensor.zeros('int8', [4, 4])];
    matmulInt8(a, b);
    await Promise.all([read, matmulInt8Async(a, b).then(() => order.push('cpu'))]);
    console.log(order.join(' '));
  },
};

if (isMainThread || process.argv[2] !== undefined) await ENDS[process.argv[2]]();
