// A convolutional network in training: four 3 x 3 convolutions, one of them around which its input is added, and a linear
// layer, with octavo's own float32 matmul.
import { matmulFloat32, Tensor } from '../../dist/lib/index.js';
import {
  maxPool,
  maxPoolGradient,
  means,
  meansGradient,
  neighbourhoods,
  sumNeighbourhoods,
  transpose,
} from './planes.mjs';

/** Height and width of a picture. */
const SIZE = 28;
const CLASSES = 10;
/** Channels after each convolution. */
export const CHANNELS = [16, 32, 32, 64];
const [FIRST, SECOND, THIRD, LAST] = CHANNELS;

const product = (a, b, m, k, n) =>
  matmulFloat32(new Tensor('float32', a, [m, k]), new Tensor('float32', b, [k, n])).data;

/** A 3 x 3 convolution, or with `area` 1 a linear layer: weights [outputs, inputs * area], and a bias. */
class Layer {
  constructor(name, outputs, inputs, random, area = 9) {
    const fan = inputs * area;
    const spread = Math.sqrt(2 / fan);
    Object.assign(this, { name, outputs, inputs, area, fan });
    this.weight = Float32Array.from({ length: outputs * fan }, () => spread * random.normal());
    this.bias = new Float32Array(outputs);
  }

  /** [inputs, n] or its neighbourhoods, kept for the way back, to [outputs, n]. */
  forward(rows) {
    const n = rows.length / this.fan;
    this.rows = rows;
    const out = product(this.weight, rows, this.outputs, this.fan, n);
    for (let o = 0; o < this.outputs; o++) for (let i = o * n; i < (o + 1) * n; i++) out[i] += this.bias[o];
    return out;
  }

  /** Keeps the gradients of its own values; gives that of its rows. */
  backward(gradient, wanted = true) {
    const n = gradient.length / this.outputs;
    const turned = transpose(gradient, this.outputs, n);
    const weight = product(this.rows, turned, this.fan, n, this.outputs);
    const bias = new Float32Array(this.outputs);
    for (let o = 0; o < this.outputs; o++) for (let i = o * n; i < (o + 1) * n; i++) bias[o] += gradient[i];
    this.gradients = { weight: transpose(weight, this.fan, this.outputs), bias };
    if (!wanted) return undefined;
    return product(transpose(this.weight, this.outputs, this.fan), gradient, this.fan, this.outputs, n);
  }
}

/** In place: values below 0 become 0. */
function relu(values) {
  for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
  return values;
}

/** In place: no gradient where the activation was 0. */
function reluGradient(gradient, activation) {
  for (let i = 0; i < gradient.length; i++) if (activation[i] <= 0) gradient[i] = 0;
  return gradient;
}

function addTo(values, others) {
  for (let i = 0; i < values.length; i++) values[i] += others[i];
  return values;
}

export class Network {
  constructor(random) {
    this.layers = [
      new Layer('conv1', FIRST, 1, random),
      new Layer('conv2', SECOND, FIRST, random),
      new Layer('conv3', THIRD, SECOND, random),
      new Layer('conv4', LAST, THIRD, random),
      new Layer('classes', CLASSES, LAST, random, 1),
    ];
  }

  /** Logits [CLASSES, pictures] of pictures [pictures, SIZE * SIZE]; what the way back needs is kept. */
  forward(pictures) {
    const [conv1, conv2, conv3, conv4, classes] = this.layers;
    const [half, quarter] = [SIZE / 2, SIZE / 4];
    const a = relu(conv1.forward(neighbourhoods(pictures, 1, SIZE)));
    const pooled = maxPool(a, SIZE);
    const b = relu(conv2.forward(neighbourhoods(pooled.out, FIRST, half)));
    const c = relu(addTo(conv3.forward(neighbourhoods(b, SECOND, half)), b));
    const pooledAgain = maxPool(c, half);
    const d = relu(conv4.forward(neighbourhoods(pooledAgain.out, THIRD, quarter)));
    this.kept = { a, pooled, b, c, pooledAgain, d };
    return classes.forward(means(d, quarter * quarter));
  }

  /** Takes the gradient of the logits. */
  backward(logits) {
    const [conv1, conv2, conv3, conv4, classes] = this.layers;
    const { a, pooled, b, c, pooledAgain, d } = this.kept;
    const [half, quarter] = [SIZE / 2, SIZE / 4];
    let g = reluGradient(meansGradient(classes.backward(logits), quarter * quarter), d);
    g = sumNeighbourhoods(conv4.backward(g), THIRD, quarter);
    const sum = reluGradient(maxPoolGradient(g, pooledAgain.from, c.length), c);
    g = addTo(sumNeighbourhoods(conv3.backward(sum), SECOND, half), sum);
    g = sumNeighbourhoods(conv2.backward(reluGradient(g, b)), FIRST, half);
    conv1.backward(reluGradient(maxPoolGradient(g, pooled.from, a.length), a), false);
  }
}

/** In place: logits [CLASSES, n] become the gradient of the mean loss; gives the summed loss. */
export function softmaxGradient(logits, labels) {
  const n = labels.length;
  let loss = 0;
  for (let i = 0; i < n; i++) {
    let top = Number.NEGATIVE_INFINITY;
    for (let k = i; k < logits.length; k += n) top = Math.max(top, logits[k]);
    let sum = 0;
    for (let k = i; k < logits.length; k += n) sum += Math.exp(logits[k] - top);
    loss += Math.log(sum) + top - logits[labels[i] * n + i];
    for (let k = 0; k < CLASSES; k++)
      logits[k * n + i] = (Math.exp(logits[k * n + i] - top) / sum - Number(k === labels[i])) / n;
  }
  return loss;
}

/** How many columns of logits [CLASSES, n] are largest at the label. */
export function countRight(logits, labels) {
  const n = labels.length;
  let right = 0;
  for (let i = 0; i < n; i++) {
    let best = 0;
    for (let k = 1; k < CLASSES; k++) if (logits[k * n + i] > logits[best * n + i]) best = k;
    right += Number(best === labels[i]);
  }
  return right;
}
