// Child process: ends with asynchronous calls in flight. Argument: how.
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const { Linear, matmulInt8Async, runtime, Tensor } = createRequire(import.meta.url)('../../dist/lib/index.js');

const a = Tensor.from(new Uint8Array(128 * 512).fill(1), [128, 512]);
const b = Tensor.from(new Int8Array(512 * 512).fill(1), [512, 512]);
let settled = 0;
const start = (count) => {
  for (let i = 0; i < count; i++)
    matmulInt8Async(a, b).then(({ data }) => {
      settled += data[0] === 512 ? 1 : 0;
    });
};

const ENDS = {
  exit() {
    start(60);
    process.exit(7);
  },
  'exit later'() {
    start(60);
    setTimeout(() => process.exit(7), 3);
  },
  'exit in a callback'() {
    matmulInt8Async(a, b).then(() => process.exit(7));
    start(60);
  },
  throw() {
    start(60);
    throw new Error('on purpose');
  },
  'rejected promise'() {
    start(60);
    Promise.reject(new Error('on purpose'));
  },
  // Nothing else keeps the process alive: it ends when all calls have settled.
  wait() {
    start(60);
    process.on('exit', () => console.log(settled));
  },
  // Aborted calls keep nothing alive: the end comes long before they could have been computed.
  'wait for aborted calls'() {
    runtime.threads = 1;
    const layer = new Linear(Tensor.zeros('float32', [4096, 1024]));
    const x = Tensor.zeros('float32', [32, 1024]);
    layer.forward(x);
    const begin = performance.now();
    layer.forward(x);
    const each = performance.now() - begin;
    const controller = new AbortController();
    let rejected = 0;
    for (let i = 0; i < 1500; i++)
      layer.forwardAsync(x, controller).catch((reason) => {
        rejected += reason.name === 'AbortError' ? 1 : 0;
      });
    const aborted = performance.now();
    controller.abort();
    process.on('exit', () => console.log(rejected, performance.now() - aborted < 500 * each));
  },
  // The same where no call has begun, as another thread has taken the pool.
  'wait for calls that never began'() {
    const worker = new Worker(new URL(import.meta.url), { argv: ['take the pool'] });
    worker.once('message', () => {
      worker.unref();
      const controller = new AbortController();
      let rejected = 0;
      for (let i = 0; i < 10; i++) matmulInt8Async(a, b, controller).catch(() => rejected++);
      controller.abort();
      process.on('exit', () => console.log(rejected));
    });
  },
  'take the pool'() {
    runtime.threads = 1;
    const layer = new Linear(Tensor.zeros('float32', [4096, 1024]));
    const more = () => layer.forwardAsync(Tensor.zeros('float32', [32, 1024])).then(more);
    for (let i = 0; i < 50; i++) more();
    parentPort.postMessage('taken');
  },
  'exit of a worker'() {
    new Worker(new URL(import.meta.url), { argv: ['exit'] }).on('exit', (code) => {
      start(3);
      process.on('exit', () => console.log(code, settled));
    });
  },
  'error in a worker'() {
    new Worker(new URL(import.meta.url), { argv: ['throw'] }).on('error', ({ message }) => {
      start(3);
      process.on('exit', () => console.log(message, settled));
    });
  },
  'exit with workers'() {
    for (let i = 0; i < 3; i++) new Worker(new URL(import.meta.url), { argv: ['wait'] });
    start(60);
    setTimeout(() => process.exit(7), 40);
  },
};

if (isMainThread || process.argv[2] !== undefined) ENDS[process.argv[2]]();
