// Child process: ends with asynchronous calls in flight. Argument: how.
import { createRequire } from 'node:module';
import { isMainThread, Worker } from 'node:worker_threads';

const { matmulInt8Async, Tensor } = createRequire(import.meta.url)('../../dist/lib/index.js');

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
