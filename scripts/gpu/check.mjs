// What the package computes on a GPU against what it computes on the CPU, byte for byte, at sizes for which an emulation would
// take too long. It needs no more than dist/ and the addon. Usage: node scripts/gpu/check.mjs [--small]
import * as octavo from 'octavo';
import { cuda } from 'octavo/cuda';

const small = process.argv.includes('--small');
const sizes = small ? [1, 16, 33] : [1, 7, 16, 64, 100, 1000, 4096];
const [outFeatures, inFeatures] = small ? [40, 72] : [3072, 1000];

let state = 1;
/** Numbers between -1 and 1, the same in every run. */
function noise() {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return state / 2 ** 31;
}
const floats = (...dims) =>
  octavo.Tensor.from(
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => noise() * 3),
    dims,
  );

const bytesOf = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

function same(actual, expected, what) {
  if (`${actual.dims}` !== `${expected.dims}`) throw new Error(`${what}: ${actual.dims}, expected ${expected.dims}`);
  if (!bytesOf(actual).equals(bytesOf(expected))) throw new Error(`${what}: other bytes than on the CPU`);
}

async function checkCopies(device) {
  for (const m of sizes) {
    const x = floats(m, inFeatures);
    same(await device.tensor(x).toHost(), x, `copy of ${x.dims}`);
  }
}

async function checkQuantize(device) {
  const scheme = { type: 'int8', symmetric: false, granularity: 'tensor' };
  for (const m of sizes) {
    const x = floats(m, inFeatures);
    const params = octavo.chooseParams({ min: -3, max: 2.5 }, scheme);
    const expected = octavo.quantize(x, params);
    const quantized = device.quantize(device.tensor(x), params);
    same(await quantized.toHost(), expected, `quantize ${x.dims}`);
    same(await device.dequantize(quantized).toHost(), octavo.dequantize(expected), `dequantize ${x.dims}`);
  }
}

async function checkLayers(device) {
  const weight = floats(outFeatures, inFeatures);
  const bias = floats(outFeatures);
  for (const activation of ['none', 'relu', 'gelu']) {
    const layer = octavo.QuantizedLinear.from({ weight, bias }, { activation });
    const there = layer.to(device);
    for (const m of sizes) {
      const x = floats(m, inFeatures);
      same(await there.forward(device.tensor(x)).toHost(), layer.forward(x), `layer, ${activation}, ${m} rows`);
    }
  }
}

const CHECKS = { copies: checkCopies, quantize: checkQuantize, layers: checkLayers };

async function main() {
  if (!cuda.available) {
    console.log(`skipped: no GPU (${cuda.reason})`);
    return;
  }
  let failed = 0;
  for (const { index, name, computeCapability } of cuda.devices) {
    console.log(`GPU ${index}: ${name}, compute capability ${computeCapability}`);
    const device = await cuda.open(index);
    for (const [name, check] of Object.entries(CHECKS)) {
      const start = performance.now();
      const problem = await check(device).then(
        () => undefined,
        (error) => error,
      );
      if (problem !== undefined) failed++;
      const outcome = problem === undefined ? 'ok' : `FAILED: ${problem.message}`;
      console.log(`${name}: ${outcome}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
    }
    device.dispose();
  }
  process.exitCode = failed > 0 ? 1 : 0;
}

await main();
