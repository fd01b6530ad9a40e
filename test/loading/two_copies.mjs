// Child process: loads two copies of the package and tries to mix them; prints what came of it as JSON.
// Arguments: folder of the first, of the second, and where the second is loaded: main or worker.
import { createRequire } from 'node:module';
import path from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const require = createRequire(import.meta.url);

const A = Uint8Array.of(210, 198, 234, 1);
const B = Int8Array.of(-81, -80, 127, 5);
const SUMS = [210 * -81 + 198 * 127, 210 * -80 + 198 * 5, 234 * -81 + 127, 234 * -80 + 5];

const pack = ({ packWeights, Tensor }) => packWeights(Tensor.from(B, [2, 2]));

async function attempt(call) {
  try {
    return String(await call()) === String(SUMS) ? 'same sums' : 'other sums';
  } catch (error) {
    return `${error.code}: ${error.message}`;
  }
}

const multiply = async ({ matmulInt8Async, Tensor }, b) => (await matmulInt8Async(Tensor.from(A, [2, 2]), b)).data;

async function mix([first, second], [firstFolder, secondFolder]) {
  const b = pack(first);
  const [one, two] = [firstFolder, secondFolder].map((folder) => require(path.join(folder, 'dist/lib/addon.js')).addon);
  const handle = one.packInt8(B, 2, 2, false);
  const refused = await attempt(() => two.packedShape(handle));
  let error;
  try {
    second.matmulInt8(second.Tensor.from(A, [2, 2]), b);
  } catch (caught) {
    error = first.isOctavoError(caught) && second.isOctavoError(caught);
  }
  return {
    packed: await attempt(() => multiply(second, b)),
    handle: refused,
    token: await attempt(() => multiply(second, second.PackedWeights.open(b.share()))),
    error,
  };
}

async function main([firstFolder, secondFolder, where]) {
  const first = require(firstFolder);
  const b = pack(first);
  const report = { first: await attempt(() => multiply(first, b)) };
  if (where === 'worker') {
    const worker = new Worker(new URL(import.meta.url), { workerData: { folder: secondFolder, token: b.share() } });
    worker.on('message', (found) => {
      console.log(JSON.stringify({ ...report, ...found }));
      b.dispose();
    });
    return;
  }
  const second = require(secondFolder);
  const sums = { second: await attempt(() => multiply(second, pack(second))) };
  console.log(JSON.stringify({ ...report, ...sums, ...(await mix([first, second], [firstFolder, secondFolder])) }));
}

if (isMainThread) await main(process.argv.slice(2));
else {
  const second = require(workerData.folder);
  parentPort.postMessage({
    second: await attempt(() => multiply(second, pack(second))),
    token: await attempt(() => multiply(second, second.PackedWeights.open(workerData.token))),
  });
}
