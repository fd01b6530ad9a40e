// The trained network as an ONNX model.
import { attribute, Graph, Model, ModelTensor, Node } from '../../dist/lib/onnx/index.js';
import { CHANNELS } from './network.mjs';

const float = (name, dims) => ({ name, type: { kind: 'tensor', elementType: 'float32', dims } });

function conv(name, input, output) {
  const attributes = { kernel_shape: attribute.ints([3, 3]), pads: attribute.ints([1, 1, 1, 1]) };
  return new Node({
    name,
    opType: 'Conv',
    inputs: [input, `${name}.weight`, `${name}.bias`],
    outputs: [output],
    attributes,
  });
}

const one = (opType, name, inputs, output) => new Node({ name, opType, inputs, outputs: [output] });

function pool(name, input, output) {
  const attributes = { kernel_shape: attribute.ints([2, 2]), strides: attribute.ints([2, 2]) };
  return new Node({ name, opType: 'MaxPool', inputs: [input], outputs: [output], attributes });
}

const nodes = () => [
  conv('conv1', 'image', 'conv1.out'),
  one('Relu', 'relu1', ['conv1.out'], 'relu1.out'),
  pool('pool1', 'relu1.out', 'pool1.out'),
  conv('conv2', 'pool1.out', 'conv2.out'),
  one('Relu', 'relu2', ['conv2.out'], 'relu2.out'),
  conv('conv3', 'relu2.out', 'conv3.out'),
  one('Add', 'add', ['conv3.out', 'relu2.out'], 'add.out'),
  one('Relu', 'relu3', ['add.out'], 'relu3.out'),
  pool('pool2', 'relu3.out', 'pool2.out'),
  conv('conv4', 'pool2.out', 'conv4.out'),
  one('Relu', 'relu4', ['conv4.out'], 'relu4.out'),
  one('GlobalAveragePool', 'mean', ['relu4.out'], 'mean.out'),
  one('Flatten', 'flatten', ['mean.out'], 'flatten.out'),
  new Node({
    ...{ name: 'classes', opType: 'Gemm', inputs: ['flatten.out', 'classes.weight', 'classes.bias'] },
    ...{ outputs: ['logits'], attributes: { transB: attribute.int(1) } },
  }),
];

/** image [N, 1, 28, 28], grey values from 0 to 1, to logits [N, 10]. */
export function toOnnx(layers, metadata) {
  const initializers = new Map(
    layers.flatMap(({ name, outputs, inputs, area, weight, bias }) => [
      [`${name}.weight`, ModelTensor.of('float32', area === 1 ? [outputs, inputs] : [outputs, inputs, 3, 3], weight)],
      [`${name}.bias`, ModelTensor.of('float32', [outputs], bias)],
    ]),
  );
  const graph = new Graph({
    ...{ name: `digits ${CHANNELS.join('-')}`, nodes: nodes(), initializers },
    inputs: [float('image', ['N', 1, 28, 28])],
    outputs: [float('logits', ['N', 10])],
  });
  return new Model({
    graph,
    opsets: new Map([['', 17]]),
    irVersion: 8,
    producer: { name: 'octavo', version: '' },
    metadata,
  });
}
