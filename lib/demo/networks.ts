// A model as something that runs: with the float32 layers, and with int8 layers.
import { Observer } from '../calibrate';
import { Linear, QuantizedLinear } from '../linear';
import type { ByteType, QParams } from '../quantize';
import type { Tensor } from '../tensor';
import type { DenseLayer, Model } from './load_model';

/** Features float32 [rows, inputs] to logits float32 [rows, classes]. */
export interface Network {
  /** The result is valid until the next call: outputs are written to the same memory. */
  forward(features: Tensor<'float32'>): Tensor<'float32'>;
  /** Bytes of its weights, scales and biases. */
  readonly bytes: number;
}

type OutputArray = Float32Array | Uint8Array;

/** Memory for the layers' outputs, made anew only when the number of rows changes. */
function outputsFor<A extends OutputArray>(makers: readonly ((rows: number) => A)[]): (rows: number) => readonly A[] {
  let kept: { rows: number; outputs: A[] } = { rows: -1, outputs: [] };
  return (rows) => {
    if (kept.rows !== rows) kept = { rows, outputs: makers.map((make) => make(rows)) };
    return kept.outputs;
  };
}

/** ReLU after every layer but the last, fused into the layer. */
function activationOf(model: Model, index: number): 'relu' | 'none' {
  return index + 1 < model.layers.length ? 'relu' : 'none';
}

/** The model with its own weights, through Linear. */
export function createFloatNetwork(model: Model): Network {
  const layers = model.layers.map(
    ({ weight, bias }, i) => new Linear(weight, bias, { activation: activationOf(model, i) }),
  );
  const bytes = model.layers.reduce(
    (sum, { weight, bias }) => sum + weight.data.byteLength + (bias?.data.byteLength ?? 0),
    0,
  );
  const outputs = outputsFor(
    layers.map(
      ({ outFeatures }) =>
        (rows: number) =>
          new Float32Array(rows * outFeatures),
    ),
  );
  const forward = (features: Tensor<'float32'>): Tensor<'float32'> => {
    const outs = outputs(features.dims[0] ?? 0);
    let x = features;
    for (const [i, layer] of layers.entries()) x = layer.forward(x, { out: outs[i] });
    return x;
  };
  return { forward, bytes };
}

/** Ranges of what goes into each layer, seen on calibration data: [rows, inputs]. */
function calibrate(model: Model, features: Tensor<'float32'>): QParams[] {
  let x = features;
  return model.layers.map(({ weight, bias }, i) => {
    const observer = new Observer({
      method: 'minmax',
      scheme: { type: 'uint8', symmetric: false, granularity: 'tensor' },
    });
    observer.observe(x);
    if (i + 1 < model.layers.length) x = new Linear(weight, bias, { activation: 'relu' }).forward(x);
    return observer.params();
  });
}

/** One layer in int8: weights per output, symmetric. Without `inputs` each row of activations gets its own scale. */
export function quantizeLayer(
  { weight, bias }: DenseLayer,
  options: { isLast: boolean; input?: QParams | undefined; output?: QParams | undefined },
): QuantizedLinear<'float32' | ByteType> {
  return QuantizedLinear.from(
    { weight, bias: bias ?? null },
    {
      activations: options.input ?? 'dynamic',
      activation: options.isLast ? 'none' : 'relu',
      ...(options.output !== undefined && { output: options.output }),
    },
  );
}

/**
 * The model in int8, through QuantizedLinear.
 * @param calibration features [rows, inputs]: activations get fixed ranges from them and stay 8-bit between the layers;
 *   absent: every row of activations is scaled by its own largest value
 */
export function createInt8Network(model: Model, calibration?: Tensor<'float32'>): Network {
  const ranges = calibration === undefined ? [] : calibrate(model, calibration);
  const last = model.layers.length - 1;
  const layers = model.layers.map((layer, i) =>
    quantizeLayer(layer, { isLast: i === last, input: ranges[i], output: ranges[i + 1] }),
  );
  // One byte a weight; a float32 scale and bias an output.
  const bytes = model.layers.reduce(
    (sum, { weight, bias }) => sum + weight.size + 4 * (weight.dims[0] ?? 0) + (bias?.data.byteLength ?? 0),
    0,
  );
  const outputs = outputsFor<OutputArray>(
    layers.map(
      ({ outFeatures, output }) =>
        (rows: number) =>
          output === null ? new Float32Array(rows * outFeatures) : new Uint8Array(rows * outFeatures),
    ),
  );
  const forward = (features: Tensor<'float32'>): Tensor<'float32'> => {
    const outs = outputs(features.dims[0] ?? 0);
    let x: Tensor<'float32' | 'int8' | 'uint8'> = features;
    for (const [i, layer] of layers.entries()) x = layer.forward(x, { out: outs[i] });
    return x as Tensor<'float32'>;
  };
  return { forward, bytes };
}
