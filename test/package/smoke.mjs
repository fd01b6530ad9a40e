// Runs in a folder that has octavo installed, under any runtime: what must be the same everywhere, as JSON, and the kernel
// set that it ran on.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as octavo from 'octavo';
import * as onnx from 'octavo/onnx';

const { QuantizedLinear, Tensor, matmulInt8, matmulInt8Async, runtime } = octavo;

/** Values on [-1, 1) from a linear congruential generator. */
function values(length, seed) {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const hash = ({ buffer, byteOffset, byteLength }) =>
  createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');

const x = Tensor.from(values(19 * 83, 1), [19, 83]);
const forward = async (layer) => hash((await layer.forwardAsync(x)).data);

async function refusal() {
  try {
    matmulInt8(1, 2);
  } catch (error) {
    return { name: error.name, code: error.code, ours: octavo.isOctavoError(error), type: error instanceof TypeError };
  }
}

async function abortion() {
  const controller = new AbortController();
  const call = matmulInt8Async(Tensor.zeros('uint8', [4, 4]), Tensor.zeros('int8', [4, 4]), controller);
  controller.abort();
  return call.catch(({ name }) => name);
}

function inWorker(token) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: token });
    worker.on('message', resolve).on('error', reject);
  });
}

/** The bytes of a small ONNX model, as they are after reading it again. */
function modelHash() {
  const initializers = new Map([['w', onnx.ModelTensor.of('float32', [3], Float32Array.of(1, 2, 3))]]);
  const graph = new onnx.Graph({ initializers });
  const bytes = onnx.modelBytes(new onnx.Model({ graph, opsets: new Map([['', 17]]) }));
  return hash(onnx.modelBytes(onnx.readModel(bytes)));
}

async function main() {
  const required = createRequire(import.meta.url)('octavo');
  const layer = QuantizedLinear.from({ weight: Tensor.from(values(37 * 83, 2), [37, 83]), bias: values(37, 3) });
  layer.save('layer.octavo');
  const loaded = QuantizedLinear.load('layer.octavo', { mmap: true });
  const same = {
    oneClass: required.Tensor === Tensor && required.runtime === runtime,
    layer: hash(layer.forward(x).data),
    asynchronous: await forward(layer),
    loaded: await forward(loaded),
    inWorker: await inWorker(layer.share()),
    refusal: await refusal(),
    abortion: await abortion(),
    model: modelHash(),
  };
  console.log(JSON.stringify({ isa: runtime.isa, same }));
}

if (isMainThread) await main();
else parentPort.postMessage(await forward(QuantizedLinear.open(workerData)));
