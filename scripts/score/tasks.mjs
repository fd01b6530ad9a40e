// The real models of ../shared/data: what is fed for calibration and for the score, and how answers are scored.
// Calibration never sees what is scored, but for ResNet-8, which has no other pictures: it sees 32 of them, without labels.
import { readBytes, readJson, readRows, readTensor } from './shared_files.mjs';

const feed = (name, type, data, dims) => ({ [name]: { type, data, dims } });
const range = (count, from = 0, step = 1) => Array.from({ length: count }, (_, i) => from + i * step);
const argmax = (values) => values.indexOf(Math.max(...values));

/** Right answers among outputs [samples, classes]. */
function rightAnswers({ data, dims }, labels) {
  const classes = dims.at(-1);
  return labels.filter((label, i) => argmax(Array.from(data.subarray(i * classes, (i + 1) * classes))) === label)
    .length;
}

const accuracy = {
  unit: '%',
  /** Of one run's output: how much it adds to the score, and to the number of what is scored. */
  of: (output, labels) => ({ score: rightAnswers(output, labels), count: labels.length }),
};

/** Negative log likelihood of the next token, in nats, over the tokens that are not padding. */
const loss = {
  unit: 'nats',
  of({ data, dims: [, , vocabulary] }, [{ ids, length }]) {
    let score = 0;
    for (let i = 0; i + 1 < length; i++) {
      const logits = data.subarray(i * vocabulary, (i + 1) * vocabulary);
      const highest = Math.max(...logits);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
      score += highest + Math.log(total) - logits[ids[i + 1]];
    }
    return { score, count: length - 1 };
  },
};

async function mnist() {
  const [{ data: pixels }, { data: labels }] = await Promise.all([
    readTensor('mnist/t10k-first5000-images-idx3-ubyte.gz'),
    readTensor('mnist/t10k-first5000-labels-idx1-ubyte.gz'),
  ]);
  const sample = (i) => ({
    feeds: feed('Input3', 'float32', pixels.slice(i * 784, (i + 1) * 784), [1, 1, 28, 28]),
    labels: [labels[i]],
  });
  return { calibration: range(200).map(sample), test: range(4800, 200).map(sample) };
}

function gesture() {
  const rows = readRows('hand-gesture/keypoint.csv.gz').map((row) => row.map(Number));
  const batch = (chosen) => ({
    feeds: feed('input', 'float32', Float32Array.from(chosen.flatMap((row) => row.slice(1))), [chosen.length, 42]),
    labels: chosen.map(([label]) => label),
  });
  return {
    calibration: range(20).map((i) => batch(rows.filter((_, row) => row % 20 === 0).slice(i * 11, (i + 1) * 11))),
    test: [batch(rows.filter((_, row) => row % 20 !== 0))],
    single: () => batch(rows.slice(0, 1)).feeds,
  };
}

function resnet8() {
  const pictures = readBytes('cifar10/ic01_0_100_32x32x3_u8.bin');
  const labels = readRows('cifar10/ic01_0_100.labels.csv').map((row) => Number(row.at(-1)));
  const sample = (i) => {
    const planes = Float32Array.from(range(3072), (at) => pictures[i * 3072 + (at % 1024) * 3 + Math.floor(at / 1024)]);
    return { feeds: feed('input', 'float32', planes, [1, 3, 32, 32]), labels: [labels[i]] };
  };
  return { calibration: range(32, 0, 3).map(sample), test: range(100).map(sample) };
}

async function banking77() {
  const folder = 'banking77-encoder';
  const [train, test, labels] = await Promise.all(
    ['train_ids_10003x48_i16', 'test_ids_3080x48_i32', 'test_labels_3080_u8'].map((name) =>
      readTensor(`${folder}/${name}.npy`),
    ),
  );
  const batch = (ids, first, count) => {
    const chosen = BigInt64Array.from(ids.data.subarray(first * 48, (first + count) * 48), BigInt);
    const mask = chosen.map((id) => (id === 0n ? 0n : 1n));
    const dims = [count, 48];
    return { ...feed('input_ids', 'int64', chosen, dims), ...feed('attention_mask', 'int64', mask, dims) };
  };
  return {
    calibration: range(16, 0, 600).map((first) => ({ feeds: batch(train, first, 16) })),
    test: range(35, 0, 88).map((first) => ({
      feeds: batch(test, first, 88),
      labels: Array.from(labels.data.subarray(first, first + 88)),
    })),
    single: () => batch(test, 0, 1),
    batched: () => batch(test, 0, 32),
  };
}

async function magika() {
  const read = (member) => readTensor('magika/eval.npz', member);
  const [published, files, labels] = [await read('ref_inputs'), await read('file_inputs'), await read('file_label')];
  const sample = ({ data }, i) =>
    feed('bytes', 'int32', Int32Array.from(data.subarray(i * 2048, (i + 1) * 2048)), [1, 2048]);
  return {
    calibration: range(published.dims[0]).map((i) => ({ feeds: sample(published, i) })),
    test: range(files.dims[0]).map((i) => ({ feeds: sample(files, i), labels: [labels.data[i]] })),
  };
}

function stories() {
  const { seq, real, sampled } = readJson('stories260k/eval_tokens.json');
  const feeds = (ids) => feed('input_ids', 'int64', BigInt64Array.from(ids, BigInt), [1, seq]);
  return {
    calibration: sampled.ids.map((ids) => ({ feeds: feeds(ids) })),
    test: real.ids.map((ids, i) => ({ feeds: feeds(ids), labels: [{ ids, length: real.lengths[i] }] })),
  };
}

/** `peers`: files of ort-quant/, which onnxruntime.quantization made of the same model. */
export const TASKS = [
  {
    name: 'mnist',
    file: 'mnist-onnx/mnist.onnx',
    open: mnist,
    metric: accuracy,
    peers: ['mnist.qdq_u8u8', 'mnist.qdq_s8s8_pc', 'mnist.qdq_s8s8_pc_sym', 'mnist.qop_u8s8_pc', 'mnist.dyn'],
  },
  {
    name: 'gesture',
    file: 'hand-gesture/keypoint_classifier.onnx',
    open: gesture,
    metric: accuracy,
    peers: ['keypoint_mlp.qdq_u8s8', 'keypoint_mlp.qdq_s8s8_pc', 'keypoint_mlp.qop_u8s8', 'keypoint_mlp.dyn'],
  },
  {
    name: 'ResNet-8',
    file: 'mlperf-tiny/ic_resnet8_float.onnx',
    open: resnet8,
    metric: accuracy,
    peers: ['ic_resnet8.qdq_u8s8_pc', 'ic_resnet8.qdq_s8s8_pc', 'ic_resnet8.qop_u8s8_pc'],
  },
  {
    name: 'banking77',
    file: 'banking77-encoder/model_opset17.onnx',
    open: banking77,
    metric: accuracy,
    peers: ['banking77.dyn', 'banking77.qdq_s8s8_pc'],
  },
  { name: 'magika', file: 'magika/standard_v3_3.onnx', open: magika, metric: accuracy, peers: [] },
  {
    name: 'stories',
    file: 'stories260k/stories260K_s128.onnx',
    open: stories,
    metric: loss,
    peers: ['stories260K.dyn', 'stories260K.dyn_pc', 'stories260K.qdq_s8s8_pc'],
  },
];
