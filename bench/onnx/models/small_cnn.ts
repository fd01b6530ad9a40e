// A plain convolutional network of 5 MB.
import { attribute, type Model } from '../../../lib/onnx';
import { GraphBuilder } from './graph_builder';

export interface SmallCnnOptions {
  readonly seed?: number;
  /** Height and width of the pictures. */
  readonly size?: number;
}

const CHANNELS = [32, 64, 128, 256] as const;
const TOP = 512;
const HIDDEN = 256;
const CLASSES = 10;

/**
 * `image` float32 [batch, 3, size, size] → [batch, 10]. Four stages of a convolution and a pooling, a depthwise convolution with
 * ReLU6, a pointwise one, two fully connected layers: 1.25 million parameters, random, the same for the same seed.
 */
export function smallCnn({ seed = 1, size = 96 }: SmallCnnOptions = {}): Model {
  const builder = new GraphBuilder(seed);
  let x = builder.input('image', 'float32', ['batch', 3, size, size]);
  let inputs = 3;
  for (const outputs of CHANNELS) {
    x = builder.convRelu(x, { inputs, outputs, kernel: 3 });
    x = builder.node('MaxPool', [x], { kernel_shape: attribute.ints([2, 2]), strides: attribute.ints([2, 2]) });
    inputs = outputs;
  }
  x = builder.convRelu(x, { inputs, outputs: inputs, kernel: 3 });
  x = builder.conv(x, { inputs, outputs: inputs, kernel: 3, groups: inputs });
  x = builder.node('Clip', [x, builder.floats('zero', [0]), builder.floats('six', [6])]);
  x = builder.convRelu(x, { inputs, outputs: TOP, kernel: 1 });
  x = builder.node('Flatten', [builder.node('GlobalAveragePool', [x])], { axis: attribute.int(1) });
  x = builder.node('Relu', [builder.gemm(x, TOP, HIDDEN)]);
  return builder.model({ [builder.gemm(x, HIDDEN, CLASSES)]: ['batch', CLASSES] }, 17);
}
