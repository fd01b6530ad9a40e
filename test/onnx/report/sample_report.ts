// A report with something in every part of it.
import type { LayerRow, QuantizeReport, TensorRow } from '../../../lib/onnx/report';

const layer = (name: string, opType: string, more: Partial<LayerRow> = {}): LayerRow => ({
  name,
  opType,
  form: 'int8',
  weighted: opType === 'Conv' || opType === 'Gemm',
  predicted: `QLinear${opType}`,
  integerKernel: true,
  reason: null,
  rule: null,
  remedy: null,
  sqnr: 40 - name.length,
  ...more,
});

const gaussian = Array.from({ length: 120 }, (_, i) => Math.floor(5e4 * Math.exp(-(((i - 60) / 18) ** 2))));

const tensor = (name: string, sqnr: number): TensorRow => ({
  name,
  type: 'uint8',
  method: 'mse',
  min: -3.2,
  max: 3.7,
  low: -2.6,
  high: 2.7,
  scale: 0.0208,
  zeroPoint: 125,
  clippingRate: 0.0012,
  deadRange: 0.01,
  sqnr,
  histogram: { from: -4, to: 4, counts: gaussian },
});

/** Names come from files: they may hold anything. */
export const HOSTILE = `<script>console.error("ran")</script>"'&`;

const layers = [
  layer('stem/conv', 'Conv'),
  layer('stem/relu', 'Relu', { form: 'float32', reason: 'folded into the convolution', rule: 'Q015' }),
  ...Array.from({ length: 12 }, (_, i) => layer(`stage${i >> 2}/block${i & 3}/conv`, 'Conv', { sqnr: 38 - i })),
  layer('head/softmax', 'Softmax', {
    form: 'float32',
    predicted: 'Softmax',
    integerKernel: false,
    reason: 'its output is one of the graph, which stays float',
    rule: 'Q013',
    remedy: 'pass --io uint8 to let the graph end in integers',
    sqnr: null,
  }),
  layer(HOSTILE, 'Gemm', {
    form: 'float32',
    predicted: 'Gemm',
    integerKernel: false,
    reason: 'alpha is not 1',
    rule: 'Q019',
    remedy: 'fold alpha into the weights',
  }),
];

export const sampleReport: QuantizeReport = {
  format: 'octavo.quantizeReport',
  version: 1,
  mode: 'static',
  target: 'ort-x64',
  source: { name: 'resnet8.onnx', bytes: 312_400, sha256: 'ab'.repeat(32), opset: 13 },
  output: { name: 'resnet8.int8.onnx', bytes: 88_100, sha256: 'cd'.repeat(32), opset: 13 },
  layers,
  tensors: [tensor('stem/conv_out', 31.2), tensor('stage0/out', 38.9), tensor('stage1/out', 42), tensor(HOSTILE, 22.5)],
  findings: [
    {
      rule: 'Q028',
      severity: 'I',
      node: 'stem/conv',
      tensor: null,
      message: 'products of two neighbours can exceed int16 where the CPU has no VNNI',
      remedy: 'use 7-bit weights for CPUs without it',
    },
  ],
  outputSqnr: 27.31,
  evaluation: {
    kind: 'accuracy',
    float: { value: 0.85, low: 0.767, high: 0.907, count: 100 },
    quantized: { value: 0.84, low: 0.756, high: 0.899, count: 100 },
    drop: 1,
  },
  speed: {
    float: { best: 137e-6, median: 141e-6, runs: 400 },
    quantized: { best: 87e-6, median: 90e-6, runs: 400 },
    ratio: 137 / 87,
    threads: 1,
    inputs: { input: [1, 32, 32, 3] },
    runtime: 'onnxruntime-node 1.30.0',
  },
  sensitivity: [
    { name: 'head/gemm', opType: 'Gemm', isolated: 24.1, accumulated: 23.5, excluded: true },
    { name: 'stem/conv', opType: 'Conv', isolated: 30.2, accumulated: 26.5, excluded: false },
    { name: 'stage0/conv', opType: 'Conv', isolated: 44.8, accumulated: null, excluded: false },
  ],
  budget: { maxDrop: 0.5, minSqnr: null, held: false, excluded: ['head/gemm'] },
  calibration: { source: 'samples.npz', samples: 100, digest: 'ef'.repeat(32), random: false },
  parity: { samples: 3, tensors: 72, steps: 1, worst: 'stem/conv_q', held: true },
  prediction: { right: 24, nodes: 24 },
  changes: ['folded BatchNormalization into 3 convolutions', 'removed 2 dead nodes'],
  notes: ['bias correction: not asked for'],
  recipe: { octavo: '0.1.0', mode: 'static', target: 'ort-x64', method: 'auto', exclude: ['head/gemm'] },
  environment: { octavo: '0.1.0', node: '20.20.2', system: 'linux-x64', cpu: 'Some CPU', onnxruntime: '1.30.0' },
};
