// Child process: synchronous products of rows that lie apart in 128 MiB. Prints as JSON by how many MiB memory grew at
// most during each: that of the process, and that of array buffers.
import { createRequire } from 'node:module';

const { Linear, matmulFloat32, matmulInt8, packWeights, QuantizedLinear, runtime, Tensor } = createRequire(
  import.meta.url,
)('../../dist/lib/index.js');

const MIB = 2 ** 20;
const [K, N, BATCH] = [4096, 4, 8];
const memory = new ArrayBuffer(128 * MIB);
new Uint8Array(memory).fill(1); // every page is there
runtime.threads = 1;

/** Every second row of the memory, as a matrix or as batches. */
function rowsOf(type, data, batch) {
  const m = data.length / (2 * K);
  const dims = batch === undefined ? [m, K] : [batch, m / batch, K];
  const strides = batch === undefined ? [2 * K, 1] : [((2 * K) / batch) * m, 2 * K, 1];
  return { type, dims, data, strides };
}

const bytes = new Int8Array(memory);
const floats = new Float32Array(memory);
const shared = Tensor.from(new Int8Array(K * N).fill(1), [K, N]);
const each = Tensor.from(new Int8Array(BATCH * K * N).fill(1), [BATCH, K, N]);
const packed = packWeights(shared);
const right = Tensor.from(new Float32Array(K * N), [K, N]);
const linear = new Linear(Tensor.from(new Float32Array(N * K).fill(1), [N, K]));
const layer = QuantizedLinear.from(linear);
const int32 = new Int32Array((bytes.length / (2 * K)) * N);
const float32 = new Float32Array((floats.length / (2 * K)) * N);

const CALLS = {
  'matmulInt8, packed weights': (a) => matmulInt8(a(rowsOf('int8', bytes)), packed, { out: int32 }),
  'matmulInt8, int8 that is staged': (a) => matmulInt8(a(rowsOf('int8', bytes)), shared, { out: int32 }),
  'matmulInt8, batches': (a) => matmulInt8(a(rowsOf('int8', bytes, BATCH)), packed, { out: int32 }),
  'matmulInt8, batches of both': (a) => matmulInt8(a(rowsOf('int8', bytes, BATCH)), each, { out: int32 }),
  matmulFloat32: (a) => matmulFloat32(a(rowsOf('float32', floats)), right, { out: float32 }),
  Linear: (a) => linear.forward(a(rowsOf('float32', floats)), { out: float32 }),
  QuantizedLinear: (a) => layer.forward(a(rowsOf('float32', floats)), { out: float32 }),
};

/** A copy of the rows, of their own: what a call must not make. */
const copied = (x) => ({ ...x, data: x.data.slice() });

function growthOf(call, argument) {
  const before = process.memoryUsage();
  call(argument);
  return {
    process: Math.round(process.resourceUsage().maxRSS / 1024 - before.rss / MIB),
    arrayBuffers: Math.round((process.memoryUsage().arrayBuffers - before.arrayBuffers) / MIB),
  };
}

const report = {};
for (const [name, call] of Object.entries(CALLS)) report[name] = growthOf(call, (x) => x);
report.copied = growthOf(CALLS.Linear, copied); // last: the most memory that a process ever had does not fall
console.log(JSON.stringify(report));
