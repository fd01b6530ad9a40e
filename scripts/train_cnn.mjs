// Trains the convolutional classifier of drawn digits that `octavo demo` quantizes, and writes it as an ONNX model.
//   node scripts/train_cnn.mjs --out assets/digits.onnx
// The same options give the same bytes with one Node version on one platform, whatever the kernel set and threads.
import { parseArgs } from 'node:util';
import { drawDataset, sliceDataset, takeRows } from '../dist/lib/demo/index.js';
import { writeModel } from '../dist/lib/onnx/index.js';
import { Random } from '../dist/lib/statistics/index.js';
import { Adam } from './cnn/adam.mjs';
import { toOnnx } from './cnn/export.mjs';
import { countRight, Network, softmaxGradient } from './cnn/network.mjs';

const OPTIONS = {
  out: { type: 'string' },
  drawn: { type: 'string', default: '60000' },
  epochs: { type: 'string', default: '8' },
  batch: { type: 'string', default: '64' },
  rate: { type: 'string', default: '0.002' },
  decay: { type: 'string', default: '0.02' },
  seed: { type: 'string', default: '1' },
  tested: { type: 'string', default: '10000' },
};

/** Images that are tested after each epoch. */
const TESTED_OFTEN = 2000;

function epochOf({ network, adam, data, order, batch, rateAt }) {
  let loss = 0;
  for (let begin = 0; begin < order.length; begin += batch) {
    const rows = order.subarray(begin, begin + batch);
    const logits = network.forward(takeRows(data, rows));
    loss += softmaxGradient(
      logits,
      Int32Array.from(rows, (row) => data.labels[row]),
    );
    network.backward(logits);
    adam.step(rateAt(begin / order.length));
  }
  return loss / order.length;
}

function test(network, data) {
  let right = 0;
  for (let begin = 0; begin < data.count; begin += 250) {
    const rows = Uint32Array.from({ length: Math.min(250, data.count - begin) }, (_, i) => begin + i);
    right += countRight(network.forward(takeRows(data, rows)), data.labels.subarray(begin, begin + rows.length));
  }
  return right;
}

const percent = (network, data) => ((100 * test(network, data)) / data.count).toFixed(2);

async function main({ out, tested: count, ...texts }) {
  if (out === undefined) throw new Error('--out is missing');
  const options = Object.keys(OPTIONS)
    .filter((name) => name in texts)
    .map((name) => `--${name} ${texts[name]}`)
    .join(' ');
  const { drawn, epochs, batch, rate, decay, seed } = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, Number(text)]),
  );
  console.log(`drawing ${drawn} digits`);
  const data = await drawDataset({ count: drawn, seed, purpose: 'train' });
  const tested = await drawDataset({ count: Number(count), seed, purpose: 'test' });
  const random = new Random(seed, 3);
  const network = new Network(random);
  const adam = new Adam(network.layers, decay);
  const order = Uint32Array.from({ length: drawn }, (_, i) => i);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const start = performance.now();
    random.shuffle(order);
    const loss = epochOf({ network, adam, data, order, batch, rateAt: (done) => rate * (1 - (epoch + done) / epochs) });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const share = percent(network, sliceDataset(tested, 0, Math.min(TESTED_OFTEN, tested.count)));
    console.log(`epoch ${epoch + 1}/${epochs}  loss ${loss.toFixed(4)}  test ${share} %  ${seconds} s`);
  }
  const metadata = new Map([
    ['trained_on', `${drawn} images: ${data.source}`],
    ['options', options],
    ['test_accuracy', `${test(network, tested)} of ${count}`],
  ]);
  writeModel(toOnnx(network.layers, metadata), out);
  console.log(`wrote ${out}`);
}

await main(parseArgs({ options: OPTIONS }).values);
