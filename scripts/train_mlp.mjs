// Trains a multilayer perceptron with octavo's own float32 matmul and saves it as safetensors.
//   node scripts/train_mlp.mjs --out model.safetensors                      on digits that octavo draws
//   node scripts/train_mlp.mjs --out m.safetensors --images F --labels F    on IDX files, a seeded share held out as test set
// The same options give the same bytes with one Node version on one platform, whatever the kernel set and threads.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { classify, countEqual, drawDataset, loadDataset, MlpTrainer, takeRows } from '../dist/lib/demo/index.js';
import { writeIdx } from '../dist/lib/idx/index.js';
import { writeSafetensors } from '../dist/lib/safetensors/index.js';
import { Random } from '../dist/lib/statistics/index.js';

const USAGE = `usage: node scripts/train_mlp.mjs --out FILE [options]
  --images F --labels F            train on IDX files (.gz); without them on drawn digits
  --test-images F --test-labels F  test on these; else on the held-out share, or on drawn digits
  --split 0.8                      share of the files' images to train on
  --write-test PREFIX              write the held-out images as PREFIX-images.idx and PREFIX-labels.idx
  --drawn 200000                   number of digits to draw for training
  --hidden 256,128  --epochs 15  --batch 128  --rate 0.001  --decay 0.05  --seed 1`;

const OPTIONS = {
  out: { type: 'string' },
  images: { type: 'string' },
  labels: { type: 'string' },
  'test-images': { type: 'string' },
  'test-labels': { type: 'string' },
  'write-test': { type: 'string' },
  split: { type: 'string', default: '0.8' },
  drawn: { type: 'string', default: '200000' },
  hidden: { type: 'string', default: '256,128' },
  epochs: { type: 'string', default: '15' },
  batch: { type: 'string', default: '128' },
  rate: { type: 'string', default: '0.001' },
  decay: { type: 'string', default: '0.05' },
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
};

/** A mistake of the caller: told in one line. */
class UsageError extends Error {}

function number(name, text, min, max, whole = true) {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value)))
    throw new UsageError(
      `--${name} must be ${whole ? 'a whole number' : 'a number'} from ${min} to ${max}, got ${text}`,
    );
  return value;
}

function parseOptions(values) {
  const given = (name) => values[name] !== undefined;
  if (!given('out')) throw new UsageError('--out is missing');
  if (!existsSync(path.dirname(values.out)))
    throw new UsageError(`--out: there is no folder ${path.dirname(values.out)}`);
  for (const prefix of ['', 'test-'])
    if (given(`${prefix}images`) !== given(`${prefix}labels`))
      throw new UsageError(`--${prefix}images and --${prefix}labels must be given together`);
  if (given('write-test') && !given('images')) throw new UsageError('--write-test needs --images');
  return {
    ...values,
    split: number('split', values.split, 0.01, 1, false),
    drawn: number('drawn', values.drawn, 1, 10_000_000),
    hidden: values.hidden === '' ? [] : values.hidden.split(',').map((text) => number('hidden', text, 1, 65_536)),
    epochs: number('epochs', values.epochs, 1, 10_000),
    batch: number('batch', values.batch, 1, 65_536),
    rate: number('rate', values.rate, 1e-9, 10, false),
    decay: number('decay', values.decay, 0, 10, false),
    seed: number('seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
  };
}

const range = (n) => Uint32Array.from({ length: n }, (_, i) => i);

/** Rows of a data set in a given order. */
function pick(dataset, rows) {
  const { width } = dataset;
  const data = new dataset.data.constructor(rows.length * width);
  for (const [i, row] of rows.entries()) data.set(dataset.data.subarray(row * width, (row + 1) * width), i * width);
  return { ...dataset, data, labels: Int32Array.from(rows, (row) => dataset.labels[row]), count: rows.length };
}

/** Integers become 0 to 1 by the largest training value; floats stay as they are. */
function scaleOf({ data }) {
  if (data instanceof Float32Array || data instanceof Float64Array) return 1;
  const largest = data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return largest === 0 ? 1 : 1 / largest;
}

async function loadData(options) {
  const { images, labels, seed } = options;
  const testFiles = options['test-images'] && { images: options['test-images'], labels: options['test-labels'] };
  if (images === undefined) {
    console.log(`drawing ${options.drawn} digits`);
    const train = await drawDataset({ count: options.drawn, seed, purpose: 'train' });
    return {
      train,
      test: testFiles ? loadDataset(testFiles) : await drawDataset({ count: 10_000, seed, purpose: 'test' }),
    };
  }
  const all = loadDataset({ images, labels });
  const order = range(all.count);
  new Random(seed, 1).shuffle(order);
  const kept = testFiles && options['write-test'] === undefined ? all.count : Math.round(all.count * options.split);
  const train = pick(all, order.subarray(0, kept));
  if (train.count === 0) throw new UsageError(`--split ${options.split} leaves no image to train on`);
  const heldOut = pick(all, order.subarray(kept).sort());
  const scale = scaleOf(train);
  const test = testFiles ? loadDataset(testFiles) : heldOut;
  return { train: { ...train, scale }, test: { ...test, scale }, heldOut };
}

const TYPES = new Map(
  [Uint8Array, Int8Array, Int16Array, Int32Array, Float32Array, Float64Array].map((array) => [
    array,
    array.name.replace('Array', '').toLowerCase(),
  ]),
);

function writeTest(prefix, { data, labels, count, width }) {
  writeIdx(`${prefix}-images.idx`, { type: TYPES.get(data.constructor), dims: [count, width], data });
  writeIdx(`${prefix}-labels.idx`, { type: 'int32', dims: [count], data: labels });
  console.log(`wrote ${count} held-out images to ${prefix}-images.idx and ${prefix}-labels.idx`);
}

/** Number of images whose class is the label. */
function countRight(trainer, dataset) {
  let right = 0;
  for (let begin = 0; begin < dataset.count; begin += 256) {
    const rows = range(Math.min(256, dataset.count - begin)).map((i) => begin + i);
    const logits = trainer.predict(takeRows(dataset, rows));
    right += countEqual(classify(logits, logits.length / rows.length), dataset.labels.subarray(begin, begin + 256));
  }
  return right;
}

function trainEpoch(trainer, data, { order, batch, rate }) {
  let loss = 0;
  for (let begin = 0; begin < order.length; begin += batch) {
    const rows = order.subarray(begin, begin + batch);
    loss += trainer.step(
      takeRows(data, rows),
      Int32Array.from(rows, (row) => data.labels[row]),
      rate,
    );
  }
  return loss / order.length;
}

/** Trains with a rate that falls in a straight line. Prints a line for each epoch. */
function train(trainer, { train: data, test }, { epochs, batch, rate, random }) {
  const order = range(data.count);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const start = performance.now();
    random.shuffle(order);
    const loss = trainEpoch(trainer, data, { order, batch, rate: rate * (1 - epoch / epochs) });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const tested = test.count > 0 ? `  test ${((100 * countRight(trainer, test)) / test.count).toFixed(2)} %` : '';
    console.log(`epoch ${epoch + 1}/${epochs}  loss ${loss.toFixed(4)}${tested}  ${seconds} s`);
  }
}

/** The model, with what it was made of and how it did: everything needed to make it again. */
function save(trainer, { train: data, test }, options) {
  const tensors = trainer.tensors().flatMap(({ weight, bias }, i) => [
    [`layers.${i}.weight`, weight],
    [`layers.${i}.bias`, bias],
  ]);
  const { hidden, epochs, batch, rate, decay, seed } = options;
  const metadata = new Map([
    ['input_scale', String(data.scale)],
    ['trained_on', `${data.count} images: ${options.images === undefined ? data.source : path.basename(data.source)}`],
    [
      'options',
      `--hidden ${hidden} --epochs ${epochs} --batch ${batch} --rate ${rate} --decay ${decay} --seed ${seed}`,
    ],
  ]);
  if (test.count > 0) metadata.set('test_accuracy', `${countRight(trainer, test)} of ${test.count}`);
  writeSafetensors(options.out, tensors, metadata);
  console.log(`wrote ${options.out}`);
}

async function main(options) {
  const data = await loadData(options);
  if (options['write-test'] !== undefined) writeTest(options['write-test'], data.heldOut);
  const classes = 1 + data.train.labels.reduce((a, b) => Math.max(a, b));
  const random = new Random(options.seed, 2);
  const trainer = new MlpTrainer([data.train.width, ...options.hidden, classes], random, options.decay);
  train(trainer, data, { ...options, random });
  save(trainer, data, options);
}

try {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) console.log(USAGE);
  else await main(parseOptions(values));
} catch (error) {
  if (error.code === undefined && !(error instanceof UsageError)) throw error;
  console.error(`train_mlp: ${error.message}`);
  process.exitCode = error.code === undefined || error.code.startsWith('ERR_PARSE') ? 2 : 1;
}
